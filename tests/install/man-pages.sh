#!/bin/sh
# SPDX-License-Identifier: MIT
#
# man-pages.sh - the manual pages are complete, sound, and true to the header.
#
#   1. Every own function of src/exports.txt has a page or an alias page, and
#      its page names it and declares it; no page bears a standard name.
#   2. mandoc and man find nothing to warn of; lexgrog reads every NAME; the
#      sections stand in the order of man-pages(7).
#   3. Every SYNOPSIS compiles together with the headers it includes, so that
#      it declares what they declare; every program in EXAMPLES compiles.
#   4. memalloc(3) has every message of misuse, memalloc(7) every option with
#      its kind and default, memalloc_error(3) every code, memalloc_stats(3)
#      every figure, and .TH the header's version.
#
# Runs under `make check` (with srcdir or top_srcdir) and alone, from
# anywhere:  sh tests/install/man-pages.sh
# Exit: 0 passed, 1 failed, 77 passed as far as it went, but a tool is missing.

. "$(dirname "$0")/sources.sh"
man=$top/man
CC=${CC:-cc}
missing=

have()
{
	command -v "$1" >/dev/null 2>&1 && return 0
	missing="$missing $1"
	return 1
}

# One section of a page: its source lines.
section()
{
	awk -v want="$2" '
		/^\.SH / { title = substr($0, 5); gsub(/"/, "", title) }
		!/^\.SH / && title == want' "$1"
}

# The names in a page's NAME section, one a line.
names()
{
	section "$1" NAME | sed 's/\\-.*//' | tr -s ', ' '\n' | grep .
}

own=$(awk '!/^#/ && $2 == "own" { print $1 }' "$top/src/exports.txt")
standard=$(awk '!/^#/ && $2 == "standard" { print $1 }' "$top/src/exports.txt")
aliases=$(cd "$man" && grep -l '^\.so ' -- *.[1-9])
pages=$(cd "$man" && grep -L '^\.so ' -- *.[1-9])

# --- 1. Every function has its page --------------------------------------

for f in $own; do
	page=$man/$f.3
	if [ ! -f "$page" ]; then
		fail "$f has no page"
		continue
	fi
	target=$(sed -n 's|^\.so man3/||p' "$page")
	[ -z "$target" ] || page=$man/$target
	if [ ! -f "$page" ]; then
		fail "$f.3 leads to $target, which is not there"
	elif ! names "$page" | grep -qx "$f"; then
		fail "$(basename "$page") does not name $f"
	elif ! section "$page" SYNOPSIS | grep -q "[ *\"]$f("; then
		fail "$(basename "$page") does not declare $f"
	fi
done

for f in $standard; do
	[ ! -f "$man/$f.3" ] || fail "$f.3 would be the system's page too"
done

for a in $aliases; do
	[ "$(wc -l < "$man/$a")" -eq 1 ] || fail "$a: more than one line"
	echo "$own" | grep -qx "${a%.3}" || fail "$a: no own function"
done

for p in $pages; do
	for n in $(names "$man/$p"); do
		[ "$n" = memalloc ] || echo "$own" | grep -qx "$n" \
			|| fail "$p names $n, which is no own function"
	done
done

# --- 2. The pages are sound ------------------------------------------------

order='NAME LIBRARY SYNOPSIS DESCRIPTION RETURN_VALUE ERRORS ENVIRONMENT
DIAGNOSTICS FILES ATTRIBUTES VERSIONS STANDARDS HISTORY NOTES CAVEATS BUGS
EXAMPLES SEE_ALSO'
for p in $pages; do
	sed -n 's/^\.SH //p' "$man/$p" | tr -d '"' | tr ' ' '_' \
		| awk -v order="$(echo $order)" -v page="$p" '
			BEGIN { n = split(order, names, " ")
				for (i = 1; i <= n; i++) at[names[i]] = i }
			!($0 in at) { print page ": unknown section " $0 }
			at[$0] <= last { print page ": misplaced: " $0 }
			{ last = at[$0] }' > "$work/order"
	[ ! -s "$work/order" ] || fail "$(cat "$work/order")"
done

if have mandoc; then
	for p in $pages; do
		mandoc -T lint -W warning "$man/$p" > "$work/lint" 2>&1
		[ ! -s "$work/lint" ] || fail "mandoc: $p: $(cat "$work/lint")"
	done
fi

# Only the man of man-db has --warnings.
if have man && have lexgrog; then
	for p in $pages; do
		LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings \
			-E UTF-8 -l -Tutf8 -Z "$man/$p" \
			2> "$work/warnings" > "$work/text"
		[ ! -s "$work/warnings" ] \
			|| fail "man: $p: $(cat "$work/warnings")"
		[ -s "$work/text" ] || fail "man: $p: no text"
	done
	for p in $pages; do
		lexgrog "$man/$p" > "$work/whatis" 2>&1 \
			|| fail "lexgrog: $p: $(cat "$work/whatis")"
		sed 's/^[^"]*"\([^ ]*\) - .*/\1/' "$work/whatis" \
			> "$work/parsed"
		names "$man/$p" | cmp -s - "$work/parsed" \
			|| fail "lexgrog: $p: reads other names than it has"
	done
	# As installed: man finds each function by its name.
	mkdir -p "$work/man/man3" "$work/man/man7"
	cp "$man"/*.3 "$work/man/man3" && cp "$man"/*.7 "$work/man/man7"
	for f in $own; do
		MANWIDTH=80 man -M "$work/man" -P cat 3 "$f" 2>&1 \
			| grep -q "$f" || fail "man 3 $f shows no page of it"
	done
fi

# --- 3. What is C compiles -------------------------------------------------

compile()
{
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	$CC -D_GNU_SOURCE -Wall -Wextra -Werror -I"$top/include" \
		-fsyntax-only -x c "$1" > "$work/cc" 2>&1
}

# The text of SYNOPSIS, without overstriking.
synopsis()
{
	backspace=$(printf '\b')
	mandoc -T ascii -O width=200 "$1" | sed "s/.$backspace//g" \
		| sed -n '/^SYNOPSIS$/,/^DESCRIPTION$/p' | sed '1d;$d'
}

# The programs in EXAMPLES, each in a file $work/program-N.c: what stands
# between .EX and .EE, if it begins with #include.
programs()
{
	rm -f "$work"/program-*.c
	section "$1" EXAMPLES | awk -v work="$work" '
		/^\.EX/ { inside = 1; first = 1; next }
		/^\.EE/ { inside = 0; file = ""; next }
		inside && first && /^#include/ {
			file = work "/program-" ++count ".c"
		}
		inside { first = 0 }
		inside && file != "" {
			gsub(/\\\(aq/, "\047")
			gsub(/\\\(dq/, "\"")
			gsub(/\\\(ha/, "^")
			gsub(/\\\(ti/, "~")
			gsub(/\\-/, "-")
			gsub(/\\&/, "")
			gsub(/\\e/, "\\")
			print > file
		}'
}

if have "${CC%% *}"; then
	for p in $pages; do
		if command -v mandoc >/dev/null 2>&1; then
			synopsis "$man/$p" > "$work/synopsis.c"
			grep -q '#include' "$work/synopsis.c" \
				|| fail "$p: SYNOPSIS includes nothing"
			compile "$work/synopsis.c" \
				|| fail "$p: SYNOPSIS: $(cat "$work/cc")"
		fi
		programs "$man/$p"
		[ -f "$work/program-1.c" ] || fail "$p: no program in EXAMPLES"
		for program in "$work"/program-*.c; do
			[ -f "$program" ] || continue
			compile "$program" \
				|| fail "$p: EXAMPLES: $(cat "$work/cc")"
		done
	done
fi

# --- 4. The pages tell what the sources say ---------------------------------

# Each entry of an option: ".BI name: kind " (default)"".
section "$man/memalloc.7" DESCRIPTION \
	| sed -n 's/^\.BI \([a-z_]*\): \([a-z]*\) " (\([^)]*\))"$/\1 \2 \3/p' \
	| sort > "$work/told"
cut -d' ' -f1 "$work/told" > "$work/told-names"
sed -n 's/^MA_OPTION(\([a-z_]*\),.*/\1/p' "$top/src/option_list.h" \
	| sort > "$work/real-names"
[ -s "$work/real-names" ] || fail "option_list.h: no option found"
diff "$work/real-names" "$work/told-names" > "$work/diff" \
	|| fail "memalloc.7: options (< real, > told): $(cat "$work/diff")"

# Kinds and defaults, by a program that prints what option_list.h has.
cat > "$work/options.c" <<'END'
#include "base.h"
#include "option.h"
#include <stdio.h>

static void
say(const char *name, const char *kind, size_t n)
{
	unsigned shift = n == 0 ? 0 : (unsigned)__builtin_ctzll(n) / 10;

	shift = shift > 3 ? 3 : shift;
	printf("%s %s ", name, kind);
	if (kind[0] == 'w')
		puts("?");
	else if (n == SIZE_MAX)
		puts("none");
	else
		printf("%zu%.*s\n", n >> 10 * (kind[1] == 'i' ? shift : 0),
		       kind[1] == 'i' && shift > 0, &"-KMG"[shift]);
}

int
main(void)
{
#define BOOL "switch"
#define SIZE "size"
#define NUMBER "number"
#define WORD "word"
#define MA_OPTION(name, kind, initial, least, most, help) \
	say(#name, kind, initial);
#include "option_list.h"
	return 0;
}
END
# shellcheck disable=SC2086
if $CC -I"$top/include" -I"$top/src" "$work/options.c" -o "$work/options" \
	> "$work/cc" 2>&1 && "$work/options" > "$work/real"; then
	sort "$work/real" -o "$work/real"
	sed 's/ word .*/ word ?/' "$work/told" > "$work/told-kinds"
	diff "$work/real" "$work/told-kinds" > "$work/diff" || fail \
		"memalloc.7: defaults (< real, > told): $(cat "$work/diff")"
else
	missing="$missing native-compiler"
fi

header=$top/include/memalloc.h
codes=$(sed -n 's/^	\(MEMALLOC_ERR_[A-Z_]*\)[ ,].*/\1/p
                s/^	\(MEMALLOC_OK\) .*/\1/p' "$header")
fields=$(sed -n '/^struct memalloc_stats {/,/^}/ {
                s/^	size_t \([a-z_]*\);.*/\1/p
                }' "$header")
for code in $codes; do
	grep -q "$code\$" "$man/memalloc_error.3" \
		|| fail "memalloc_error.3 does not tell of $code"
done
for field in $fields; do
	grep -q "^\.IR* $field\( \|\$\)\|^\.IR .* $field\$" \
		"$man/memalloc_stats.3" \
		|| fail "memalloc_stats.3 does not tell of $field"
done
version=$(sed -n 's/^#define MEMALLOC_VERSION_STRING "\(.*\)"/\1/p' "$header")
for p in $pages; do
	sed -n 3p "$man/$p" | grep -q '^\.TH .*"memalloc '"$version"'"$' \
		|| fail "$p: .TH does not have version $version on line 3"
done

# Every format given to ma_error_die in src stands in DIAGNOSTICS, with a word
# for each conversion.  A call of it is one statement; its format is the
# literal that has a space.
if command -v mandoc >/dev/null 2>&1; then
	backspace=$(printf '\b')
	mandoc -T ascii -O width=200 "$man/memalloc.3" \
		| sed "s/.$backspace//g" \
		| sed -n '/^DIAGNOSTICS$/,/^ATTRIBUTES$/p' > "$work/told"
	cat "$top"/src/*.c | tr '\n\t' '  ' | sed 's/" *"//g' \
		| grep -o 'ma_error_die([^;]*;' \
		| awk -F'"' '{ for (i = 2; i <= NF; i += 2)
				if ($i ~ / /) print $i }' \
		| sort -u > "$work/messages"
	while read -r message; do
		pattern=$(echo "$message" | sed 's/%z*[a-z]/[^ ]*/g')
		grep -q "^ *$pattern\$" "$work/told" \
			|| fail "memalloc.3 does not tell: $message"
	done < "$work/messages"
	[ -s "$work/messages" ] || fail "no message found in src"
fi

# ----------------------------------------------------------------------------

end_if_failed
if [ -n "$missing" ]; then
	echo "SKIP: man-pages.sh: not installed:$missing"
	exit 77
fi
echo "man-pages.sh: $(echo "$pages" | wc -l) pages," \
     "$(echo "$aliases" | wc -l) aliases: passed"
