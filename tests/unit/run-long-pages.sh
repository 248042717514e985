#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-long-pages.sh - unit tests of what gives pages back, moves or zeroes them,
# on a scripted system whose pages are longer than 4 KiB: 16 KiB, as long as a
# slice, and 64 KiB, where spans begin and end within pages.

status=0
run()
{
	FAKE_PAGE_KIB=$1
	export FAKE_PAGE_KIB
	shift
	for test in "$@"; do
		echo "$test, pages of $FAKE_PAGE_KIB KiB"
		"unit/$test" || status=1
	done
}

for kib in 16 64; do
	run $kib test_malloc test_arena test_arena_reserve test_arena_thp \
		test_heap test_large test_meta test_pagemap test_remote \
		test_walk
done
exit $status
