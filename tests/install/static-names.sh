#!/bin/sh
# SPDX-License-Identifier: MIT
# static-names.sh - a static link with libmemalloc.a never ends in "multiple
# definition".  The C library's malloc object is drawn in by any name of its
# own that libmemalloc.a lacks and that the program, or another object of the
# C library, refers to: so link one program for each such name.
. "$(dirname "$0")/lib.sh"
need nm ar

failures=0
tried=

# link COMPILER ARCHIVE NAME: a program that refers to NAME.
link()
{
	cat >"$tmp/name.c" <<END
extern char probe[] __asm__("$3");
char *volatile found;
int
main(void)
{
	found = probe;
	return 0;
}
END
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	$1 -static -o "$tmp/name" "$tmp/name.c" "$2" -lpthread \
		>"$tmp/link.out" 2>&1 && return 0
	echo "$1: a program that refers to $3 does not link:"
	grep -E 'multiple definition|undefined' "$tmp/link.out" | head -5 ||
		head -5 "$tmp/link.out"
	failures=$((failures + 1))
}

# names_of LIBC: what programs and other objects can draw its malloc in by.
names_of()
{
	objects=$(nm -A --defined-only "$1" 2>/dev/null |
		sed -n 's/^[^:]*:\([^:]*\):.* [TW] \(malloc\|free\|calloc\|realloc\|aligned_alloc\|malloc_usable_size\)$/\1/p' |
		sort -u)
	for object in $objects; do
		ar p "$1" "$object" >"$tmp/object.o"
		nm -g --defined-only "$tmp/object.o" | awk 'NF == 3 { print $3 }'
	done | sort -u
}

# try COMPILER ARCHIVE: with all names of the compiler's C library.
try()
{
	echo 'int main(void) { return 0; }' >"$tmp/empty.c"
	# shellcheck disable=SC2086
	$1 -static -o "$tmp/name" "$tmp/empty.c" -Wl,-t >"$tmp/trace" 2>&1 ||
		return 0
	libc=$(sed -n 's/^(*\(\/.*libc\.a\).*/\1/p' "$tmp/trace" | head -1)
	[ -f "$libc" ] || return 0
	names_of "$libc" >"$tmp/names"
	[ -s "$tmp/names" ] || fail "no malloc object found in $libc"
	while read -r name; do
		link "$1" "$2" "$name"
	done <"$tmp/names"
	# The C library's own users of these names, and a program of ours.
	cat >"$tmp/libc.c" <<'END'
#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *
work(void *arg)
{
	return strdup(arg);
}

int
main(void)
{
	pthread_t thread;
	void *text;
	int status;
	FILE *f = fopen("/dev/null", "r");
	DIR *d = opendir("/");
	pid_t child = fork();

	if (child == 0) {
		_exit(malloc(100) == NULL);
	}
	if (f == NULL || d == NULL ||
	    waitpid(child, &status, 0) != child || status != 0 ||
	    pthread_create(&thread, NULL, work, "work") != 0 ||
	    pthread_join(thread, &text) != 0 || strcmp(text, "work") != 0) {
		return 1;
	}
	free(text);
	fclose(f);
	closedir(d);
	return 0;
}
END
	for program in libc user; do
		# shellcheck disable=SC2086
		$1 -static -pthread -I"$tmp/include" \
			-o "$tmp/$program" "$tmp/$program.c" "$2" \
			>"$tmp/link.out" 2>&1 || {
			echo "$1: the program $program does not link:"
			head -20 "$tmp/link.out"
			failures=$((failures + 1))
			continue
		}
		"$tmp/$program" || {
			echo "$1: the static program $program fails"
			failures=$((failures + 1))
		}
	done
	nm "$tmp/user" | grep -q ' ma_' || {
		echo "$1: the static program does not use memalloc"
		failures=$((failures + 1))
	}
	echo "$1: $(wc -l <"$tmp/names") names tried"
	tried="$tried $1"
}

# throws ARCHIVE: what is for the shared library alone is not in it, also where
# its objects are position-independent; operator new throws.
throws()
{
	nm --defined-only "$1" 2>/dev/null | sed -n 's/.* T //p' | sort \
		>"$tmp/defined"
	awk '$2 == "shared" || $2 == "loader" { print $1 }' "$exports" |
		sort | comm -12 - "$tmp/defined" >"$tmp/odd"
	[ ! -s "$tmp/odd" ] || {
		echo "in $1: $(cat "$tmp/odd")"
		failures=$((failures + 1))
	}
	# shellcheck disable=SC2086
	$CXX -std=gnu++17 -static -o "$tmp/new" \
		"$top_srcdir/tests/hostile/refused_new.cc" "$1" -lpthread \
		>"$tmp/link.out" 2>&1 || {
		head -20 "$tmp/link.out"
		echo "no static program in C++"
		return
	}
	"$tmp/new" || {
		echo "a static program in C++ fails where new is refused"
		failures=$((failures + 1))
	}
}

# Installed, our header lies with those of another C library than musl.
mkdir "$tmp/include"
cp "$MEMALLOC_INCLUDEDIR/memalloc.h" "$tmp/include"

archive=$MEMALLOC_LIBDIR/libmemalloc.a
if serves "$archive"; then
	try "$CC" "$archive"
	throws "$archive"
fi

# For musl the archive's objects must be made anew.
if command -v musl-gcc >/dev/null 2>&1; then
	mkdir "$tmp/musl" "$tmp/kernel"
	# Debian's musl-gcc does not see the kernel's headers.
	for headers in /usr/include/linux /usr/include/asm-generic \
		/usr/include/asm /usr/include/*-linux-gnu*/asm; do
		[ ! -d "$headers" ] || ln -sf "$headers" "$tmp/kernel"
	done
	for source in "$top_srcdir"/src/*.c; do
		musl-gcc -std=gnu11 -O1 -fvisibility=hidden \
			-fno-builtin-malloc -fno-builtin-calloc \
			-fno-builtin-realloc -fno-builtin-free \
			-I"$top_srcdir/include" -idirafter "$tmp/kernel" -c "$source" \
			-o "$tmp/musl/$(basename "$source" .c).o" ||
			fail "musl-gcc does not compile $source"
	done
	ar cr "$tmp/musl.a" "$tmp"/musl/*.o
	try musl-gcc "$tmp/musl.a"
fi

[ -n "$tried" ] || skip "no static C library, or no malloc in the archive"
[ $failures -eq 0 ] || fail "$failures links"
