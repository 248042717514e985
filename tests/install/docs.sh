#!/bin/sh
# SPDX-License-Identifier: MIT
#
# docs.sh - the documents agree with the sources.
#
#   1. The index of invariants in doc/DESIGN.md has those that the headers of
#      src state (lines " *   S1  ..."), no more and no fewer; marked as checked
#      are those that memalloc_check names.
#   2. The entries of doc/GLOSSARY.md are in alphabetical order, none twice.
#   3. Files and sections that the documents link to or name are there.
#
# Runs under `make check` (with srcdir or top_srcdir) and alone, from
# anywhere:  sh tests/install/docs.sh

. "$(dirname "$0")/sources.sh"
cd "$top" || exit 99

# --- 1. Invariants -----------------------------------------------------------

sed -n 's/^ \*   \([A-Z][0-9][0-9]*\)  .*/\1/p' src/*.h src/*.c \
	| sort > "$work/stated"
sed -n 's/^|[^|]*| \([A-Z][0-9][0-9]*\) |.*/\1/p' doc/DESIGN.md \
	| sort > "$work/listed"
[ -s "$work/stated" ] || fail "no invariant found in src"
uniq -d "$work/stated" > "$work/twice"
[ ! -s "$work/twice" ] || fail "stated twice in src: $(cat "$work/twice")"
diff "$work/stated" "$work/listed" > "$work/diff" \
	|| fail "invariants (< src, > DESIGN.md): $(cat "$work/diff")"

grep -oh '["( ][A-Z][0-9][0-9]*[":]' src/check*.c | tr -d '"(: ' \
	| sort -u > "$work/named"
sed -n 's/^|[^|]*| \([A-Z][0-9][0-9]*\) |.*| yes |$/\1/p' doc/DESIGN.md \
	| sort > "$work/marked"
diff "$work/named" "$work/marked" > "$work/diff" \
	|| fail "checked (< src, > DESIGN.md): $(cat "$work/diff")"

# --- 2. The glossary ---------------------------------------------------------

sed -n 's/^\*\*\([^*]*\)\.\*\*.*/\1/p' doc/GLOSSARY.md \
	| tr '[:upper:]' '[:lower:]' > "$work/entries"
[ -s "$work/entries" ] || fail "GLOSSARY.md: no entries"
sort -u -t '	' "$work/entries" | diff "$work/entries" - > "$work/diff" \
	|| fail "GLOSSARY.md: order: $(cat "$work/diff")"

# --- 3. Links and names ------------------------------------------------------

for document in doc/*.md README.md; do
	[ -f "$document" ] || continue
	# Links to files, relative to the document, and to sections of it.
	links=$(grep -o '](\([^)]*\))' "$document" | sed 's/^](//; s/)$//' \
		| grep -v '^[a-z]*:')
	# As the renderers do it: small letters and digits, - for a space.
	sed -n 's/^##* //p' "$document" | tr '[:upper:]' '[:lower:]' \
		| tr -cd 'a-z0-9 _\n-' | tr ' ' '-' > "$work/anchors"
	for link in $links; do
		case $link in
		'#'*)
			grep -qxF -- "${link#\#}" "$work/anchors" \
				|| fail "$document: no section $link"
			;;
		*)
			[ -e "$(dirname "$document")/${link%%#*}" ] \
				|| fail "$document: no file $link"
			;;
		esac
	done
	# Files of the sources by their names.
	names=$(grep -o '\(src\|tests\|man\|doc\|include\)/[a-z_/-]*\.[a-z0-9]*' \
		"$document" | sort -u)
	for name in $names; do
		[ -e "$name" ] || fail "$document: names $name, which is not there"
	done
done

# -----------------------------------------------------------------------------

end_if_failed
echo "docs.sh: $(wc -l < "$work/stated") invariants," \
     "$(wc -l < "$work/entries") glossary entries: passed"
