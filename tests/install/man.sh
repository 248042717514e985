#!/bin/sh
# SPDX-License-Identifier: MIT
# man.sh - each own function is found by man among the installed pages.
. "$(dirname "$0")/lib.sh"
need man

# Not through a pager.
MANPAGER='cat' MANWIDTH=80
export MANPAGER MANWIDTH

for name in $(awk '!/^#/ && $2 == "own" { print $1 }' "$exports"); do
	man -M "$MEMALLOC_MANDIR" 3 "$name" \
		>"$tmp/page" 2>&1 || fail "man 3 $name: $(head -3 "$tmp/page")"
	grep -q "$name" "$tmp/page" || fail "man 3 $name: another page"
done
man -M "$MEMALLOC_MANDIR" 7 memalloc >/dev/null ||
	fail "man 7 memalloc"
