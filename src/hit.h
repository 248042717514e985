/* SPDX-License-Identifier: MIT */
/*
 * hit.h - the two hit paths: a block popped from a bin, a block pushed.
 *
 * All that happens on most calls is here, inline in every entry point: no
 * call, no lock, no atomic operation beyond plain loads and stores.  Whatever
 * is not the common case falls out of one of the compares:
 *
 *   malloc  too large, or 0 bytes, or a thread without a heap (the limits);
 *           bin empty, or the block overwritten (the mark)
 *   free    NULL, or far away (the window); foreign, another owner's, large,
 *           a starter block, or behind the first slice of its span (the
 *           word); not the start of a block (the grid); free already (the
 *           mark); bin full (its room)
 */
#ifndef MA_HIT_H
#define MA_HIT_H

#include "base.h"
#include "heap.h"
#include "pagemap.h"
#include "thread.h"

/* A block of NBYTES of HEAP's bins; NULL if that is no hit. */
MA_INLINE void *
ma_hit_pop(struct ma_heap *heap, size_t nbytes)
{
	size_t last = nbytes - 1;	/* of 0 bytes: beyond the limits */

	if (MA_LIKELY(last < heap->fine_limit))
		return ma_bin_pop(&heap->bins, last / 16, heap->secret);
	if (MA_UNLIKELY(last >= heap->small_limit))
		return NULL;
	return ma_bin_pop(&heap->bins, ma_sizeclass_coarse[last / 128],
	                  heap->secret);
}

/*
 * A block of NBYTES, or NULL: go out of line (ma_alloc_any).  The hardened
 * build has no hit paths: all its calls go out of line.
 */
MA_INLINE void *
ma_hit_alloc(size_t nbytes)
{
	return MA_HARDENED ? NULL : ma_hit_pop(ma_thread.hit, nbytes);
}

/*
 * Is P the start of a block of HEAP that is not free?  Then *C is its bin.
 * False too for some that are: those outside of the window or behind the
 * first slice of their span, and a few that look free (ma_hit_owner).
 */
MA_INLINE bool
ma_hit_owns(const struct ma_heap *heap, const void *p, size_t *c)
{
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;

	if (MA_HARDENED || MA_UNLIKELY(slice >= heap->window.slices))
		return false;
	*c = ma_pagemap_window_word(&heap->window, slice) ^ heap->identity;
	/* Blocks of starter spans are told apart out of line.  Only after
	   the grid the load is of the start of a block. */
	return MA_LIKELY(*c < MA_STARTER_BIN) &&
		MA_LIKELY(ma_bin_on_grid(&heap->bins, *c, a % MA_SLICE_SIZE)) &&
		MA_LIKELY(!ma_block_may_be_marked(p, &heap->secret));
}

/* True if P went to its bin; else nothing changed: go out of line. */
MA_INLINE bool
ma_hit_free(void *p)
{
	struct ma_heap *heap = ma_thread.hit;
	size_t c;

	return ma_hit_owns(heap, p, &c) &&
		MA_LIKELY(ma_bin_push(&heap->bins, c, p, heap->secret));
}

/* --- hit.c -------------------------------------------------------------- */

/*
 * The owner of P, if that is the start of a small block that is not free, and
 * *C is its bin; 0 for all else, and for starter blocks, and if HEAP is the
 * one of threads that have none.
 */
MA_HIDDEN uint32_t
ma_hit_owner(const struct ma_heap *heap, const void *p, size_t *c);

#endif /* MA_HIT_H */
