#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_ls.sh - ls lists the same with the library as without.
. "$(dirname "$0")/lib.sh"
need ls

mkdir -p "$tmp/in/dir/sub" && cd "$tmp/in/dir" || exit 99
i=0
while [ $i -lt 500 ]; do
	: >"file-$i"
	i=$((i + 1))
done
ln -s file-1 link
cd "$tmp" || exit 99

served_by_library ls -l "$tmp/in"
compare 'ls -l of 500 files' 30 ls -l "$tmp/in/dir"
compare 'ls -laR' 30 ls -laR "$tmp/in"
# The root's link counts, sizes and dates change while we look.
normalise 's/^\([^ ]*\) .*[0-9] \([^ ]*\)$/\1 \2/'
compare 'ls -l /' 30 ls -l /
normalise ''
expected_status=2
compare 'ls of a missing file' 30 ls "$tmp/in/missing"
expected_status=0

# ls closes its standard error before it exits; the report must come anyway.
if is_memalloc; then
	preloaded 30 MEMALLOC_CONF=report:1 ls -l / 2>&1 >/dev/null |
		grep -q '^memalloc:' || fail 'report:1 printed nothing under ls'
	say 'ok: report:1 prints its line under ls'
fi
exit 0
