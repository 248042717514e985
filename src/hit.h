/* SPDX-License-Identifier: MIT */
/*
 * hit.h - the two hit paths: a block popped from a bin, a block pushed.
 *
 * All that happens on most calls is here, inline in every entry point: no
 * call, no lock, no atomic operation beyond plain loads and stores.  Whatever
 * is not the common case falls out of one of the compares:
 *
 *   malloc  too large; bin empty (also of threads without a heap); the
 *           block's mark is wrong
 *   free    NULL, foreign, another owner's, large (the words differ); not
 *           the start of a block; marked, so free already; bin full (also
 *           that of starter blocks)
 */
#ifndef MA_HIT_H
#define MA_HIT_H

#include "base.h"
#include "heap.h"
#include "pagemap.h"
#include "thread.h"

/* A block of NBYTES, or NULL: go out of line. */
MA_INLINE void *
ma_hit_alloc(size_t nbytes)
{
	struct ma_heap *heap = ma_thread.hit;

	if (MA_UNLIKELY(nbytes > MA_SMALL_MAX))
		return NULL;
	return ma_bin_pop(&heap->bins[ma_sizeclass_of(nbytes)], heap->secret);
}

/*
 * The bin of this thread that P belongs to, if P is the start of a block of
 * it that is not free; else NULL.
 */
MA_INLINE struct ma_bin *
ma_hit_bin(const struct ma_heap *heap, const void *p)
{
	uintptr_t a = (uintptr_t)p;
	uint32_t word = ma_pagemap_word(a) ^ heap->identity;
	uint32_t offset = (word & MA_WORD_POSITION) << MA_SLICE_SHIFT |
		(uint32_t)(a & (MA_SLICE_SIZE - 1));
	const struct ma_bin *bin;

	if (MA_UNLIKELY(word >> MA_WORD_OWNER_SHIFT != 0))
		return NULL;
	bin = &heap->bins[(word & MA_WORD_BIN) >> MA_WORD_BIN_SHIFT];
	/* Only after this the load is of the start of a block. */
	if (MA_UNLIKELY(!ma_bin_on_grid(bin, offset)) ||
	    MA_UNLIKELY(ma_block_is_marked(p, heap->secret)))
		return NULL;
	return (struct ma_bin *)bin;
}

/* True if P went to its bin; else nothing changed: go out of line. */
MA_INLINE bool
ma_hit_free(void *p)
{
	struct ma_heap *heap = ma_thread.hit;
	struct ma_bin *bin = ma_hit_bin(heap, p);

	return MA_LIKELY(bin != NULL) &&
		MA_LIKELY(ma_bin_push(bin, p, heap->secret));
}

#endif /* MA_HIT_H */
