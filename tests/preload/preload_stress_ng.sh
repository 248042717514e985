#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_stress_ng.sh - the stressors of stress-ng that allocate, with
# --verify: they write patterns into what they get and read them again.
. "$(dirname "$0")/lib.sh"
need stress-ng

# stress NAME OPTION...: as many operations each time, not as many seconds.
# What it says of itself has times and process numbers: its status and what
# it says went wrong count.
cat >"$tmp/in/stress.sh" <<'END_SH'
stress-ng --no-rand-seed --verify --timeout 120 --temp-path . "$@" >log 2>&1
status=$?
grep -i 'fail\|error\|corrupt\|aborted\|memory\|unsuccessful' log |
	grep -v 'failed: 0\|dispatching\|MBs of shared memory'
rm -f log
exit $status
END_SH
normalise 's/\[[0-9]*\]/[N]/g; s/[0-9.]* secs*//g'
served_by_library stress-ng --malloc 1 --malloc-ops 1000
while read -r name options; do
	stress-ng "--$name" 1 --help >/dev/null 2>&1 || continue
	# shellcheck disable=SC2086 # options are words
	compare "stress-ng --$name $options" 300 sh "$tmp/in/stress.sh" \
		"--$name" 2 "--$name-ops" $options
done <<'END_LIST'
malloc 20000 --malloc-bytes 64m --malloc-max 4096
malloc 10000 --malloc-bytes 16m --malloc-pthreads 4
malloc 500 --malloc-bytes 512m --malloc-max 256 --malloc-touch
malloc 10000 --malloc-bytes 64m --malloc-zerofree
bigheap 1000 --bigheap-growth 1m
brk 5000
tree 5 --tree-size 20000
hsearch 50
tsearch 10
qsort 2
zlib 10
fork 200
pthread 200
env 10
END_LIST
