#!/bin/sh
# SPDX-License-Identifier: MIT
# header-alone.sh - memalloc.h compiles alone, twice, in C and in C++.
. "$(dirname "$0")/lib.sh"

cat >"$tmp/alone.c" <<'END'
#include <memalloc.h>
#include <memalloc.h>

int
main(void)
{
	memalloc_free(memalloc_malloc(1));
	return memalloc_check();
}
END
cp "$tmp/alone.c" "$tmp/alone.cc"

# try COMPILER STANDARD FILE: warnings are errors.
try()
{
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	$1 "-std=$2" -Wall -Wextra -Wpedantic -Werror -fsyntax-only \
		-I"$MEMALLOC_INCLUDEDIR" "$tmp/$3" ||
		fail "$1 -std=$2 does not take memalloc.h alone"
}

tried=
for compiler in "$CC" gcc clang; do
	command -v "${compiler%% *}" >/dev/null 2>&1 || continue
	for standard in c99 c11 gnu11 c17 c2x; do
		try "$compiler" "$standard" alone.c
	done
	tried="$tried $compiler"
done
for compiler in "$CXX" g++ clang++; do
	command -v "${compiler%% *}" >/dev/null 2>&1 || continue
	for standard in c++98 c++03 c++11 c++17 c++20; do
		try "$compiler" "$standard" alone.cc
	done
	tried="$tried $compiler"
done
echo "compiled by$tried"
