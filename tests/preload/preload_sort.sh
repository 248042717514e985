#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_sort.sh - sort with threads, with spilling to files, by keys.
. "$(dirname "$0")/lib.sh"
need sort awk

awk 'BEGIN { for (i = 0; i < 300000; i++)
	print (i * 7919) % 300007, "word" (i * 31) % 1013, i }' >"$tmp/in/data"
served_by_library sort "$tmp/in/data"
compare 'sort, numeric, four threads' 60 \
	sort -n --parallel=4 -o sorted "$tmp/in/data"
compare 'sort by keys, stable' 60 \
	sort -s -k2,2 -k1,1nr -o sorted "$tmp/in/data"
compare 'sort with a small buffer' 120 \
	sort -S 1M -T . -k3,3n -o sorted "$tmp/in/data"
compare 'sort -u, merge, uniq, join, cut' 60 sh -c '
	cut -d" " -f2 "$1" | sort -u >words
	sort -k2,2 "$1" | join -1 2 -2 1 - words | uniq -c | tail -n 5
	sort -m words words | uniq -d | wc -l' sh "$tmp/in/data"
