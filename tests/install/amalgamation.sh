#!/bin/sh
# SPDX-License-Identifier: MIT
# amalgamation.sh - the single-file form compiles with no flag but those of a
# shared library, by gcc and clang, with and without optimisation; it exports
# the listed names, and serves ls.
. "$(dirname "$0")/lib.sh"
need nm

${MAKE:-make} -s -C "$top_builddir" amalgamation \
	AMALGAMATION="$tmp/memalloc.c" || fail "make amalgamation"
awk '!/^#/ { print $1 }' "$exports" | sort >"$tmp/listed"
ls -l /usr/bin >"$tmp/plain"

cd "$tmp" || exit 99
tried=
for compiler in gcc clang; do
	command -v $compiler >/dev/null 2>&1 || continue
	for level in '' -O0 -O2 -O3; do
		so=$tmp/memalloc$level.so
		# shellcheck disable=SC2086
		$compiler $level -o "$so" -fPIC -shared memalloc.c \
			>warnings 2>&1 || {
			head -20 warnings
			fail "$compiler $level does not compile it"
		}
		[ ! -s warnings ] || {
			head -20 warnings
			fail "$compiler $level warns"
		}
		nm -D --defined-only "$so" | awk '{ print $3 }' |
			sort >exported
		diff listed exported ||
			fail "$compiler $level: exports.txt (<), nm -D (>)"
		LD_PRELOAD=$so ls -l /usr/bin >preloaded ||
			fail "$compiler $level: ls does not run"
		cmp plain preloaded ||
			fail "$compiler $level: ls says something else"
		LD_PRELOAD=$so MEMALLOC_CONF=report:1 ls -l / \
			>/dev/null 2>report
		grep -q '^memalloc: ' report ||
			fail "$compiler $level: ls did not run on it"
	done
	tried="$tried $compiler"
done
[ -n "$tried" ] || skip "neither gcc nor clang"
echo "compiled by$tried"
