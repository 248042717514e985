/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - malloc and calloc.
 *
 * The way of a request:
 *  1. hit: the newest block of the thread's bin (hit.h)
 *  2. refill of the bin (heap.c): from the heap's spans, an ended thread's
 *     heap, the arena (arena.c), which grows by the break (arena_grow.c)
 *  3. large and huge blocks come from the arena and from mappings (large.c)
 *  4. refused: all free blocks that can be had are flushed, and 3 is tried
 *     again (2 does that itself); in the hardened build the quarantine goes
 *     too, and all is tried again; then NULL and ENOMEM, and the reserve is
 *     open for who goes on (arena_reserve.c).
 */
#include "base.h"

#include <string.h>

#include "alloc.h"
#include "arena.h"
#include "each_call.h"
#include "error.h"
#include "heap.h"
#include "large.h"
#include "os.h"

/* Set free what is cached: the system has refused. */
static void
flush_for_large(void)
{
	struct ma_heap *heap = ma_thread_enter();

	if (heap != NULL) {
		ma_heap_flush(heap);
		ma_thread_leave(heap);
	}
	ma_pool_trim();
}

static void *
alloc_whole_slices(size_t nbytes, size_t alignment, bool zero)
{
	enum ma_large_use use = zero ? MA_LARGE_ZERO : MA_LARGE_ANY;
	void *p;

	/* Room for a guard. */
	if (MA_HARDENED)
		nbytes += ma_os_guard_bytes();
	p = ma_large_alloc(nbytes, alignment, use);
	if (p == NULL) {
		flush_for_large();
		p = ma_large_alloc(nbytes, alignment, use);
	}
	return p;
}

/* A block of class C, or of whole slices, if one can be had. */
static void *
alloc_of_class(unsigned c, size_t nbytes, size_t alignment, bool zero,
               const char *function)
{
	struct ma_heap *heap;
	void *p;

	if (c == MA_CLASSES)
		return alloc_whole_slices(nbytes, alignment, zero);
	heap = ma_thread_enter();
	if (heap == NULL)
		return NULL;
	/* mallopt may have changed, in any thread, what is asked. */
	ma_thread_choose_hit();
	p = ma_bin_pop(&heap->bins, c, heap->secret);
	if (p == NULL)
		p = ma_heap_alloc(heap, c, alignment > 16, function);
	ma_thread_leave(heap);
	return p;
}

void *
ma_alloc_slow(size_t nbytes, size_t alignment, bool zero,
              const char *function)
{
	unsigned c = ma_sizeclass_aligned(alignment, nbytes);
	void *p;

	if (nbytes > MA_SIZE_LIMIT || alignment > MA_SIZE_LIMIT)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	p = alloc_of_class(c, nbytes, alignment, zero, function);
	if (MA_HARDENED && p == NULL) {
		ma_hardened_flush();
		p = alloc_of_class(c, nbytes, alignment, zero, function);
	}
	if (p == NULL) {
		if (!ma_thread.asks_again)
			ma_arena_open_reserve();
		return ma_error_no_memory(MEMALLOC_ERR_NO_MEMORY);
	}
	if (MA_HARDENED)
		return p;
	if (zero && c != MA_CLASSES)
		memset(p, 0, nbytes);
	if (MA_UNLIKELY(ma_option_each_call()))
		ma_each_alloc(p, nbytes, zero, function);
	return p;
}

MA_EXPORT void *
memalloc_malloc(size_t size)
{
	return ma_alloc(size);
}

MA_EXPORT void *
memalloc_calloc(size_t count, size_t size)
{
	return ma_calloc(count, size);
}
