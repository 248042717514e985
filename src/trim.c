/* SPDX-License-Identifier: MIT */
/*
 * trim.c - memalloc_trim: what is free goes back to the system at once.
 */
#include "base.h"

#include <errno.h>

#include <memalloc.h>

#include "arena.h"
#include "hardened.h"
#include "thread.h"

MA_EXPORT int
memalloc_trim(size_t pad)
{
	int saved = errno;
	struct ma_heap *heap;
	bool any;

	if (MA_HARDENED)
		ma_hardened_flush();
	heap = ma_thread_enter();
	/* The other threads' bins are their own: they see the count. */
	__atomic_fetch_add(&ma_heap_trims, 1, __ATOMIC_RELAXED);
	if (heap != NULL) {
		ma_heap_flush(heap);
		ma_thread_leave(heap);
	}
	ma_pool_trim();
	any = ma_arena_trim(pad);
	errno = saved;
	return any;
}
