# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the install tests share; sourced by each of them.
#
# The tests look at the library from outside, in the build tree (make check)
# or where it is installed (make installcheck); the makefile says where:
#
#   MEMALLOC_LIBDIR       holds libmemalloc.so and libmemalloc.a
#   MEMALLOC_INCLUDEDIR   holds memalloc.h
#   MEMALLOC_SO           the library to preload; empty where there is none
#   top_srcdir            the sources

set -u
LC_ALL=C
export LC_ALL

skip()
{
	echo "skipped: $*"
	exit 77
}

fail()
{
	echo "FAILED: $*"
	exit 1
}

need()
{
	for tool in "$@"; do
		command -v "${tool%% *}" >/dev/null 2>&1 ||
			skip "$tool is not installed"
	done
}

# serves ARCHIVE: it is there, and has the standard names.
serves()
{
	nm "$1" 2>/dev/null | grep -q ' T malloc$'
}

for setting in MEMALLOC_LIBDIR MEMALLOC_INCLUDEDIR top_srcdir; do
	eval "value=\${$setting-}"
	if [ -z "$value" ]; then
		echo "$setting is not set; run this by make check"
		exit 99
	fi
done

CC=${CC:-cc}
CXX=${CXX:-c++}
exports=$top_srcdir/src/exports.txt
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memalloc-install.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM

# One that does not name malloc: only the C library does, in strdup.
cat >"$tmp/unaware.c" <<'END'
#include <string.h>

int
main(int argc, char **argv)
{
	return strcmp(strdup(argv[argc - 1]), argv[argc - 1]) != 0;
}
END

# A program that uses the library by its own names and by malloc.
cat >"$tmp/user.c" <<'END'
#include <memalloc.h>
#include <stdlib.h>
#include <string.h>

int
main(void)
{
	char *p = malloc(100);
	char *q = memalloc_malloc(100);

	if (p == NULL || q == NULL || memalloc_usable_size(q) < 100) {
		return 1;
	}
	memset(p, 1, 100);
	memset(q, 2, 100);
	free(p);
	memalloc_free(q);
	return strcmp(memalloc_version(), MEMALLOC_VERSION_STRING) != 0;
}
END
