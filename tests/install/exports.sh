#!/bin/sh
# SPDX-License-Identifier: MIT
# exports.sh - the library exports what src/exports.txt lists and no more,
# own names under the node MEMALLOC_0, standard names under none.
. "$(dirname "$0")/lib.sh"
need nm

so=$MEMALLOC_LIBDIR/libmemalloc.so
[ -f "$so" ] || skip "no shared library"

! nm "$so" | grep -q __gcov_ || skip "a coverage build exports gcov's names"

# A build without the standard names exports its own alone.
kinds='own|standard|shared'
# has HEADER NAME: does that define it?
has()
{
	printf '#define _GNU_SOURCE\n#include <%s>\n%s\n' "$1" "$2" |
		$CC -E - 2>/dev/null | tail -1 | grep -q "$2" && return 1
	return 0
}
if has dlfcn.h RTLD_DEEPBIND; then kinds="$kinds|loader"; fi
if has unistd.h __GLIBC__; then kinds="$kinds|glibc"; fi
[ -n "${MEMALLOC_SO:-}" ] || kinds=own

# The letter of size_t.
letter=m
echo __SIZEOF_SIZE_T__ | $CC -E -P - | grep -q 4 && letter=j
awk -v kinds="^($kinds)\$" '!/^#/ && $2 ~ kinds {
	print $1 ($2 == "own" ? "@@MEMALLOC_0" : "")
}' "$exports" | sed "/^_Z/s/m/$letter/" | sort >"$tmp/listed"
[ -s "$tmp/listed" ] || fail "exports.txt lists nothing"
nm -D --defined-only --with-symbol-versions "$so" |
	awk '$2 != "A" { print $3 }' | sort >"$tmp/exported"
diff "$tmp/listed" "$tmp/exported" ||
	fail "exports.txt (<) and nm -D (>) differ"
echo "$(wc -l <"$tmp/exported") names"
