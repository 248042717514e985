/* SPDX-License-Identifier: MIT */
/*
 * break.c - sbrk and brk, for others who move the break.
 *
 * The C library's sbrk reads where the break is and then moves it there and
 * on: of two threads that do so at once, both may get the same memory.  So
 * whoever calls sbrk comes here, and waits while we move the break; and nobody
 * lowers it into the heap.
 *
 * With glibc alone: elsewhere (musl) sbrk moves nothing.
 */
#include "base.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "arena.h"
#include "meta.h"
#include "os.h"
#include "override.h"
#include "pagemap.h"

#ifdef __GLIBC__

/* Is anything of ours at LOW or above, below NOW? */
static bool
would_cut_heap(uintptr_t low, uintptr_t now)
{
	uintptr_t next = ma_pagemap_next(low);

	return (next != 0 && next < now) || low < ma_meta_break_end();
}

/* Move the break by NBYTES, as sbrk does; BY_END: to that address. */
static void *
move_for_others(uintptr_t nbytes, bool by_end)
{
	/* Else in a handler that interrupted us, which nothing helps. */
	bool arena = !ma_lock_is_mine(&ma_arena.lock);
	bool meta = !ma_lock_is_mine(&ma_meta_lock);
	uintptr_t now;
	void *old = (void *)-1;

	if (arena)
		ma_lock_take(&ma_arena.lock);
	if (meta)
		ma_lock_take(&ma_meta_lock);
	now = (uintptr_t)ma_os_break_move(0);
	if (by_end)
		nbytes -= now;
	if ((intptr_t)nbytes < 0 && would_cut_heap(now + nbytes, now))
		errno = ENOMEM;
	else
		old = ma_os_break_move((intptr_t)nbytes);
	if (meta)
		ma_lock_release(&ma_meta_lock);
	if (arena)
		ma_lock_release(&ma_arena.lock);
	return old;
}

MA_EXPORT void *
sbrk(intptr_t nbytes)
{
	return nbytes == 0 ? ma_os_break_move(0) :
		move_for_others((uintptr_t)nbytes, false);
}

MA_EXPORT int
brk(void *end)
{
	return move_for_others((uintptr_t)end, true) == (void *)-1 ? -1 : 0;
}

ALIAS(MA_HIDDEN, sbrk, ma_break_sbrk);

/*
 * Not where this library was opened late, beside a heap of the C library's
 * own on the break.
 */
__attribute__((constructor)) static void
look_for_others(void)
{
	ma_os_break_watched = MA_OVERRIDE_IS_OURS(sbrk, ma_break_sbrk) &&
		MA_OVERRIDE_IS_OURS(malloc, ma_override_malloc);
}

#endif
