#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_jq.sh - jq reads, groups, sorts and prints a generated document.
. "$(dirname "$0")/lib.sh"
need jq awk

awk 'BEGIN { print "["; for (i = 0; i < 20000; i++)
	printf "%s{\"id\":%d,\"name\":\"n%d\",\"tags\":[\"a%d\",\"b%d\"],\"v\":{\"x\":%d.5,\"y\":null}}\n",
		i ? "," : "", i, i * 7919 % 20011, i % 7, i % 11, i % 100
	print "]" }' >"$tmp/in/data.json"
served_by_library jq -c . "$tmp/in/data.json"
compare 'jq .' 60 jq . "$tmp/in/data.json"
compare 'jq group_by, sort_by, map, tostring' 60 jq -c '
	[group_by(.tags[0])[] | {t: .[0].tags[0], n: length,
		s: (map(.v.x) | add)}], (sort_by(.name)[:5]),
	(map(.name | ascii_upcase) | join(",") | length),
	([.[] | tostring] | map(length) | add)' "$tmp/in/data.json"
compare 'jq --stream' 60 jq -c --stream 'select(length == 2) | .[1]' \
	"$tmp/in/data.json"
expected_status=5
compare 'jq reports an error' 20 jq '.[0] | error' "$tmp/in/data.json"
