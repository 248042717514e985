#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-static.sh - the situations of hostile.tsv for programs that are linked
# with libmemalloc.a, statically and as static position-independent programs.

source=$(cd "$(dirname "$0")" && pwd) || exit 99
archive=${MEMALLOC_LIBDIR:-$top_builddir/src/.libs}/libmemalloc.a
if ! test -f "$archive"; then
	echo 'no archive is built'
	exit 77
fi
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
status=77

for way in -static -static-pie; do
	mkdir "$tmp/$way" || exit 99
	echo 'int main(void) { return 0; }' >"$tmp/empty.c"
	# shellcheck disable=SC2086
	if ! ${CC:-cc} $way -o "$tmp/empty" "$tmp/empty.c" 2>/dev/null; then
		echo "no programs can be linked $way"
		continue
	fi
	for program in breaks errors limits memory processes refused start \
		threads; do
		# CC may hold flags of its own.
		# shellcheck disable=SC2086
		if ! ${CC:-cc} -std=gnu11 -O2 -fno-builtin -pthread $way \
			-o "$tmp/$way/$program" "$source/$program.c" \
			"$archive"; then
			echo "$program cannot be linked $way"
			exit 1
		fi
	done
	ROW=${ROW:-break|brk|mmap|data|stack|fork|threads|blocks|errno|before} \
		"$source/run-hostile.sh" -s "$tmp/$way" || exit 1
	status=0
done
exit $status
