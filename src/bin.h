/* SPDX-License-Identifier: MIT */
/*
 * bin.h - a thread's lists of free blocks, by class: push and pop.
 *
 * Bounded LIFO lists without lock or atomic.  What belongs to one bin stands
 * at its class's place in several arrays: so a class is an index that every
 * access scales by itself, and the arrays are dense in what a hit touches.
 *
 *   I1  The list has cap - room blocks, 0 <= room, but for the way from a push
 *       without room to ma_heap_put.
 *   I2  Stores are ordered so that a fork at any moment, seen from the child,
 *       leaves a valid list; room may be off by one, and is recounted.
 */
#ifndef MA_BIN_H
#define MA_BIN_H

#include "base.h"
#include "bits.h"
#include "block.h"
#include "sizeclass.h"

/* The bin of starter spans, behind those of the classes: never holds any. */
#define MA_STARTER_BIN MA_CLASSES
#define MA_BINS (MA_CLASSES + 1)

struct ma_bins {
	struct ma_block *head[MA_BINS];
	uint32_t reciprocal[MA_BINS];	/* const; see sizeclass.h, Z2 */
	uint32_t below[MA_BINS];	/* const; the same */
	int16_t room[MA_BINS];		/* blocks that may be pushed */

	int16_t cap[MA_BINS];		/* blocks it may hold */
	uint16_t starter_frees[MA_BINS];	/* of its starter blocks */
	uint8_t runs[MA_BINS];		/* that it got in the starter span */
	bool grown[MA_BINS];		/* is past its starter blocks */
	uint8_t borrowed[MA_BINS];	/* blocks that its leader gave for it */
};

/* The compiler keeps the stores before this before those behind it. */
MA_INLINE void
ma_bin_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

MA_INLINE bool
ma_bin_is_empty(const struct ma_bins *bins, size_t c)
{
	return bins->head[c] == MA_BLOCK_END;
}

/*
 * The newest block; NULL if the bin is empty or the block's mark is wrong:
 * then nothing has changed, and the caller finds out which.
 */
MA_INLINE struct ma_block *
ma_bin_pop(struct ma_bins *bins, size_t c, uintptr_t secret)
{
	struct ma_block *block = bins->head[c];

	/* The end of a list is all zero and never marked. */
	if (MA_UNLIKELY(MA_CHECKS ? !ma_block_is_marked(block, secret) :
	                block == MA_BLOCK_END))
		return NULL;
	bins->head[c] = ma_block_next(block);
	ma_bin_order();
	ma_block_unmark(block);
	bins->room[c]++;
	/* Saves the caller's compiler a test. */
	if (block == NULL)
		__builtin_unreachable();
	return block;
}

/*
 * BLOCK becomes the newest.  False if there is no room: the caller goes on to
 * ma_heap_put, which sets right that room went below 0.
 */
MA_INLINE bool
ma_bin_push(struct ma_bins *bins, size_t c, struct ma_block *block,
            uintptr_t secret)
{
	if (MA_UNLIKELY(ma_bits_count_down(&bins->room[c])))
		return false;
	ma_block_link(block, bins->head[c], secret);
	ma_bin_order();
	bins->head[c] = block;
	return true;
}

/* Is OFFSET in a slice, the first of a span, the start of a block? */
MA_INLINE bool
ma_bin_on_grid(const struct ma_bins *bins, size_t c, size_t offset)
{
	return !MA_CHECKS ||
		(uint32_t)offset * bins->reciprocal[c] < bins->below[c];
}

MA_INLINE int32_t
ma_bin_count(const struct ma_bins *bins, size_t c)
{
	return bins->cap[c] - bins->room[c];
}

#endif /* MA_BIN_H */
