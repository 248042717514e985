/* SPDX-License-Identifier: MIT */
/*
 * maps.c - os_place.c with other system calls: it reads a text.
 */
#include "maps.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ma_os_place place_by_text
#define ma_os_is_mapped is_mapped_by_text
#define syscall text_syscall

static long text_syscall(long number, ...);

#include "../../src/os_place.c"

_Static_assert(MAPS_PLACE_MOST >= MA_OS_PLACE_MAX + 32, "room for a place");

static struct {
	const char *at;
	size_t left, piece;
	unsigned reads;
} source;

static long
text_syscall(long number, ...)
{
	va_list args;
	size_t n = source.left < source.piece ? source.left : source.piece;
	char *to;

	if (number == SYS_openat) {
		return 3;
	}
	if (number != SYS_read) {
		return 0;
	}
	if (++source.reads % 3 == 0) {
		errno = EINTR;
		return -1;
	}
	va_start(args, number);
	(void)va_arg(args, int);
	to = va_arg(args, char *);
	/* As it is passed by os_place.c. */
	n = n < (size_t)va_arg(args, int) ? n : PIECE;
	va_end(args);
	memcpy(to, source.at, n);
	source.at += n;
	source.left -= n;
	return (long)n;
}

void
maps_place(uintptr_t address, const char *text, size_t size, size_t piece,
           char place[MAPS_PLACE_MOST])
{
	source.at = text;
	source.left = size;
	source.piece = piece;
	source.reads = 0;
	place_by_text(address, place);
}
