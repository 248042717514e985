#!/bin/sh
# SPDX-License-Identifier: MIT
#
# tarball.sh - what "make dist" writes is what git has and what Autotools
# generate, and the same bytes wherever it is made: in another directory, in
# the sources or beside them, under another umask, locale and time zone.  Its
# times are git's; where git fails, there is none.
#
# Runs under `make check` and alone:  sh tests/install/tarball.sh

. "$(dirname "$0")/sources.sh"
cd "$top" || exit 99

for tool in git autoreconf tar xz; do
	command -v $tool > /dev/null || { echo "skipped: no $tool"; exit 77; }
done
[ -e .git ] || { echo "skipped: no git here"; exit 77; }
git ls-files --cached > "$work/files" 2> /dev/null && [ -s "$work/files" ] \
	|| { echo "skipped: git does not read this"; exit 77; }

# dist SOURCES BUILD: make the tarball in BUILD from a copy of the tree.
dist()
{
	mkdir -p "$1" "$2" && tar -c -T "$work/files" | tar -x -C "$1" \
		&& cd "$1" && ./bootstrap && cd "$2" \
		&& "$1/configure" --quiet && ${MAKE:-make} -s dist
}

SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH
(
	umask 077
	TZ=Asia/Kathmandu LC_ALL=C.UTF-8
	export TZ LC_ALL
	dist "$work/a/longer/path" "$work/beside"
) > "$work/log" 2>&1 &
(umask 022 && dist "$work/plain" "$work/plain") > "$work/plain.log" 2>&1
wait
tarball=$(cd "$work/plain" && echo memalloc-*.tar.xz)
for built in plain beside; do
	[ -f "$work/$built/$tarball" ] || {
		tail -n 20 "$work/plain.log" "$work/log"
		fail "no tarball was made in $built"
		end_if_failed
	}
done
cmp "$work/plain/$tarball" "$work/beside/$tarball" \
	|| fail "made twice, the tarball is not the same"

# --- Its times ---------------------------------------------------------------

# undated: without SOURCE_DATE_EPOCH, in the sources.
undated()
{
	rm -f "$work/plain/$tarball"
	(unset SOURCE_DATE_EPOCH && cd "$work/plain" && ${MAKE:-make} -s dist) \
		> "$work/log" 2>&1
}

touch "$work/plain/.git"
! undated || fail "git told no time, and a tarball was made"
grep -q SOURCE_DATE_EPOCH "$work/log" || fail "$(cat "$work/log")"
rm "$work/plain/.git"
if undated; then
	TZ=UTC tar -t -v -f "$work/plain/$tarball" \
		| grep -v '^l' | grep -v ' 1980-01-01 ' > "$work/odd"
	[ ! -s "$work/odd" ] || fail "not of 1980: $(head -n 3 "$work/odd")"
else
	fail "no tarball where there is no git: $(cat "$work/log")"
fi

# --- Its content -------------------------------------------------------------

mkdir "$work/content"
tar -x -f "$work/beside/$tarball" -C "$work/content" || exit 99
content=$work/content/${tarball%.tar.xz}
grep -vx '\.gitignore' "$work/files" | sort > "$work/kept"
while read -r file; do
	cmp -s "$file" "$content/$file" || fail "$file is not as in git"
	mode=$(git ls-files --stage -- "$file")
	case ${mode%% *} in
	100755) [ -x "$content/$file" ] ;;
	*) [ ! -x "$content/$file" ] ;;
	esac || fail "$file: other permissions than in git"
done < "$work/kept"
(cd "$content" && find . ! -type d) | sed 's|^\./||' | sort > "$work/shipped"
comm -13 "$work/kept" "$work/shipped" > "$work/generated"
grep -Evx '(.*/)?Makefile\.in|aclocal\.m4|configure|(build-aux|m4)/[^/]*' \
	"$work/generated" | sed 's/$/: neither of git nor of Autotools/' \
	> "$work/odd"
[ ! -s "$work/odd" ] || fail "$(cat "$work/odd")"
[ -x "$content/configure" ] || fail "no configure"

# -----------------------------------------------------------------------------

end_if_failed
echo "tarball.sh: $(wc -l < "$work/kept") files of git," \
     "$(wc -l < "$work/generated") of Autotools, twice the same: passed"
