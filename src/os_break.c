/* SPDX-License-Identifier: MIT */
/*
 * os_break.c - the program break; the only file that knows sbrk.
 *
 * With glibc the break is moved by its sbrk, never by the raw call: glibc
 * keeps its own idea of the break, and other users of sbrk go by it.  With
 * other C libraries (musl refuses sbrk) the raw call serves.
 *
 *   K1  What sbrk reports is believed only if the break then lies at or
 *       behind the end of what was asked for: where a filter answers brk
 *       with an error number, glibc takes that number for an address.
 *   K2  The break is lowered only while it is where the caller left it.
 *   K3  Nobody else moves it meanwhile: who calls sbrk waits for us (break.c);
 *       or the process has one thread.  Else the break is left alone.
 */
#include "base.h"

#include <errno.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/syscall.h>
#endif

#include "os.h"

/* The kernel's error numbers, seen as addresses, are at least this. */
#define ERROR_ADDRESSES ((uintptr_t)-4096)

bool ma_os_break_watched;

#if defined(__GLIBC__)

/* By this name, since sbrk may be that of break.c. */
void *
__sbrk(intptr_t nbytes);

void *
ma_os_break_move(intptr_t nbytes)
{
	return __sbrk(nbytes);
}

/* May others move the break at this instant, who do not wait for us? */
static bool
is_shared(void)
{
	return !ma_os_break_watched && &__libc_single_threaded != NULL &&
		!__libc_single_threaded;
}

#elif defined(__linux__)

void *
ma_os_break_move(intptr_t nbytes)
{
	uintptr_t now = (uintptr_t)syscall(SYS_brk, 0);

	if (nbytes == 0)
		return (void *)now;
	uintptr_t wanted = now + (uintptr_t)nbytes;
	uintptr_t got = (uintptr_t)syscall(SYS_brk, wanted);
	return got == wanted ? (void *)now : (void *)-1;
}

#else

void *
ma_os_break_move(intptr_t nbytes)
{
	(void)nbytes;
	return (void *)-1;
}

#endif

#ifndef __GLIBC__
/* Nobody else can. */
static bool
is_shared(void)
{
	return false;
}
#endif

uintptr_t
ma_os_break_current(void)
{
	int saved = errno;
	uintptr_t now;

	if (is_shared())
		return 0;
	now = (uintptr_t)ma_os_break_move(0);
	errno = saved;
	return now >= ERROR_ADDRESSES ? 0 : now;
}

bool
ma_os_break_extend(size_t nbytes, uintptr_t *start)
{
	int saved = errno;
	bool moved = false;

	/* A break that is unknown already is not moved blindly. */
	if (nbytes <= INTPTR_MAX && ma_os_break_current() != 0) {
		uintptr_t old = (uintptr_t)ma_os_break_move((intptr_t)nbytes);
		uintptr_t now = ma_os_break_current();

		moved = old < ERROR_ADDRESSES && old + nbytes > old &&
			now >= old + nbytes &&
			(old + nbytes - 1) >> (MA_ADDRESS_BITS - 1) <= 1;
		*start = old;
	}
	errno = saved;
	return moved;
}

bool
ma_os_break_lower(uintptr_t end, size_t nbytes)
{
	int saved = errno;
	bool moved = false;

	if (ma_os_break_current() == end) {
		ma_os_break_move(-(intptr_t)nbytes);
		moved = ma_os_break_current() == end - nbytes;
	}
	errno = saved;
	return moved;
}
