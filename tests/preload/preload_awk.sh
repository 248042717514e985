#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_awk.sh - each awk there is: arrays, strings, fields, pipes.
. "$(dirname "$0")/lib.sh"
need awk seq

cat >"$tmp/in/work.awk" <<'END_AWK'
{ count[$1 % 101]++; text[$1 % 997] = text[$1 % 997] "," $1; sum += $2 }
END {
	n = 0
	for (k in text) n += length(text[k])
	print NR, sum, n, count[5]
	s = ""
	for (i = 0; i < 20000; i++) s = s substr("abcdefghij", i % 10 + 1, 1)
	print length(s), gsub(/cd+e/, "<&>", s), length(s)
	m = split(s, part, "<")
	print m, part[17], toupper(part[3])
	for (i = 0; i < 5000; i++) grid[i, i % 7] = sprintf("%05d", i)
	for (i = 0; i < 5000; i += 2) delete grid[i, i % 7]
	n = 0
	for (k in grid) n++
	print n, grid[7, 0]
	for (i = 0; i < 300; i++) print (i * 7919) % 1009 | "sort -n"
	close("sort -n")
}
END_AWK
seq 100000 | sed 's/.*/& &0 x/' >"$tmp/in/data"
for program in awk mawk gawk original-awk; do
	command -v $program >/dev/null 2>&1 || continue
	served_by_library $program 'BEGIN { x["a"] = 1 }'
	compare "$program" 60 $program -f "$tmp/in/work.awk" "$tmp/in/data"
done
