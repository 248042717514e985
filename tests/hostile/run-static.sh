#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-static.sh - the situations of hostile.tsv for programs that are linked
# with libmemalloc.a, statically and as static position-independent programs;
# some of them with libmemalloc-hardened.a.

source=$(cd "$(dirname "$0")" && pwd) || exit 99
libraries=${MEMALLOC_LIBDIR:-$top_builddir/src/.libs}
if ! test -f "$libraries/libmemalloc.a"; then
	echo 'no archive is built'
	exit 77
fi
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
status=77

# try WAY ARCHIVE ROWS: link all programs so, run these rows.
try() {
	echo 'int main(void) { return 0; }' >"$tmp/empty.c"
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	if ! ${CC:-cc} $1 -o "$tmp/empty" "$tmp/empty.c" 2>/dev/null; then
		echo "no programs can be linked $1"
		return
	fi
	rm -rf "$tmp/programs"
	mkdir "$tmp/programs" || exit 99
	for program in breaks errors limits memory processes refused start \
		threads; do
		# shellcheck disable=SC2086
		if ! ${CC:-cc} -std=gnu11 -D_GNU_SOURCE= -O2 -fno-builtin \
			-pthread $1 -iquote "$source/../support" \
			-o "$tmp/programs/$program" "$source/$program.c" \
			"$libraries/$2" 2>"$tmp/errors"; then
			cat "$tmp/errors"
			echo "$program cannot be linked $1 with $2"
			exit 1
		fi
	done
	ROW=${ROW:-$3} "$source/run-hostile.sh" -s "$tmp/programs" || exit 1
	status=0
}

rows='break|brk|mmap|data|stack|fork|threads|blocks|errno|before|saved'
try -static libmemalloc.a "$rows"
try -static-pie libmemalloc.a "$rows"
test ! -f "$libraries/libmemalloc-hardened.a" ||
	try -static-pie libmemalloc-hardened.a 'break|brk|fork|stack|errno|saved'
exit $status
