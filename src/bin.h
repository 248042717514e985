/* SPDX-License-Identifier: MIT */
/*
 * bin.h - a thread's list of free blocks of one size: push and pop.
 *
 * A bounded LIFO list without lock or atomic.  All that push and pop need is
 * in one half of a cache line.
 *
 *   I1  The list has cap - room blocks, 0 <= room.
 *   I2  Stores are ordered so that a fork at any moment, seen from the child,
 *       leaves a valid list; room may be off by one, and is recounted.
 */
#ifndef MA_BIN_H
#define MA_BIN_H

#include "base.h"
#include "block.h"

struct ma_bin {
	struct ma_block *head;
	uint64_t reciprocal;	/* const; see sizeclass.h, Z2 */
	int32_t room;		/* blocks that may be pushed */
	int32_t cap;		/* blocks it may hold */
	uint32_t size;		/* const */
	bool grown;		/* deserves spans of its own */
	uint8_t runs;		/* that it got in the starter span */
	uint16_t starter_frees;	/* frees of its starter blocks */
} __attribute__((aligned(32)));

_Static_assert(sizeof(struct ma_bin) == 32, "two bins in a cache line");

/* The compiler keeps the stores before this before those behind it. */
MA_INLINE void
ma_bin_order(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/*
 * The newest block; NULL if the bin is empty or the block's mark is wrong:
 * then nothing has changed, and the caller finds out which.
 */
MA_INLINE struct ma_block *
ma_bin_pop(struct ma_bin *bin, uintptr_t secret)
{
	struct ma_block *block = bin->head;

	if (MA_UNLIKELY(block == NULL) ||
	    MA_UNLIKELY(!ma_block_is_marked(block, secret)))
		return NULL;
	bin->head = ma_block_next(block);
	ma_bin_order();
	ma_block_unmark(block);
	bin->room++;
	return block;
}

/* False, and nothing changed, if there is no room. */
MA_INLINE bool
ma_bin_push(struct ma_bin *bin, struct ma_block *block, uintptr_t secret)
{
	int32_t room = bin->room - 1;

	if (MA_UNLIKELY(room < 0))
		return false;
	ma_block_link(block, bin->head, secret);
	ma_bin_order();
	bin->head = block;
	bin->room = room;
	return true;
}

/* Is OFFSET in a span the start of a block of this bin? */
MA_INLINE bool
ma_bin_on_grid(const struct ma_bin *bin, uint32_t offset)
{
	return offset * bin->reciprocal < bin->reciprocal;
}

MA_INLINE int32_t
ma_bin_count(const struct ma_bin *bin)
{
	return bin->cap - bin->room;
}

#endif /* MA_BIN_H */
