/* SPDX-License-Identifier: MIT */
/*
 * liveness.h - hardened build: which blocks are live, how large they are.
 *
 * One bit for each place where a block may start, out of line, tells whether
 * one is live there; where there are threads it is changed atomically, so of
 * two frees at the same instant one is found.  Behind a live block, up to the
 * end of its room, lies a canary (canary.h).
 *
 * Blocks of 0 bytes lie apart, where nobody can read or write.
 */
#ifndef MA_LIVENESS_H
#define MA_LIVENESS_H

#include "base.h"
#include "block.h"
#include "canary.h"
#include "os.h"
#include "pagemap.h"

struct ma_span;
struct ma_target;

/* What the processor reads at once; blocks are aligned to it. */
typedef uint64_t ma_wide __attribute__((vector_size(MA_ALIGNMENT), may_alias));

/* The number of P's bit in its word (ma_pagemap_live). */
MA_INLINE unsigned
ma_liveness_place(const void *p)
{
	return (uintptr_t)p / MA_ALIGNMENT % MA_LIVE_BITS;
}

MA_INLINE uintptr_t
ma_liveness_bit(const void *p)
{
	return (uintptr_t)1 << ma_liveness_place(p);
}

/* Set P's bit in WORD, or clear it; was it set before?  One thread alone need
   not lock the memory for that. */
MA_INLINE bool
ma_liveness_set(uintptr_t *word, const void *p)
{
	uintptr_t bit = ma_liveness_bit(p), old;

	if (!ma_os_is_alone())
		return __atomic_fetch_or(word, bit, __ATOMIC_RELEASE) & bit;
	old = __atomic_load_n(word, __ATOMIC_RELAXED);
	__atomic_store_n(word, old | bit, __ATOMIC_RELAXED);
	return old >> ma_liveness_place(p) & 1;
}

MA_INLINE bool
ma_liveness_clear(uintptr_t *word, const void *p)
{
	uintptr_t bit = ma_liveness_bit(p), old;

	if (!ma_os_is_alone())
		return __atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit;
	old = __atomic_load_n(word, __ATOMIC_RELAXED);
	__atomic_store_n(word, old & ~bit, __ATOMIC_RELAXED);
	return old >> ma_liveness_place(p) & 1;
}

/* P, with ROOM, is handed out as a block of NBYTES. */
MA_HIDDEN void
ma_liveness_begin(void *p, size_t nbytes, size_t room);

/* Make T's room, for the block at P, the size asked for; misuse otherwise. */
MA_HIDDEN void
ma_liveness_inspect(struct ma_target *t, const void *p, const char *function);

/* The size of the block that is live at P with ROOM; SIZE_MAX if none is, or
   something was written behind it. */
MA_HIDDEN size_t
ma_liveness_size(const void *p, size_t room);

/* Is P live, with ROOM, and was something written behind it? */
MA_HIDDEN bool
ma_liveness_is_overrun(const void *p, size_t room);

/* Are NBYTES from P on zero?  Both are multiples of 16. */
MA_HIDDEN bool
ma_liveness_is_zero(const void *p, size_t nbytes);

/* What a link and a mark leave of the first 16 bytes: with 32 bits, half. */
MA_INLINE bool
ma_liveness_rest_is_zero(const struct ma_block *block)
{
	return sizeof(*block) == MA_ALIGNMENT ||
		(block[1].next == NULL && block[1].mark == 0);
}

/* The same, of pages that are there: what never was is zero. */
MA_HIDDEN bool
ma_liveness_is_zero_there(const void *p, size_t nbytes);

/* Is a free block of NBYTES zero, but for its link and mark, or fresh? */
MA_INLINE bool
ma_liveness_is_blank(const struct ma_block *block, size_t nbytes)
{
	/* Of 16 bytes and 64 bits, block[1] may be in the guard behind. */
	if (nbytes >= MA_BLOCK_FRESH_LEAST) {
		uintptr_t word = (uintptr_t)block[1].next;

		if (word == ma_block_fresh(block, true, ma_secret_mark))
			return true;
		if (word == ma_block_fresh(block, false, ma_secret_mark))
			return block[1].mark == 0 &&
				ma_liveness_is_zero_there(
					block + 2, nbytes - 2 * sizeof(*block));
	}
	return ma_liveness_rest_is_zero(block) &&
		ma_liveness_is_zero((const char *)block + MA_ALIGNMENT,
		                    nbytes - MA_ALIGNMENT);
}

/* P is live no more; misuse if it is not at this instant. */
MA_HIDDEN void
ma_liveness_end(void *p, size_t nbytes);

/* P would be live twice, or was overrun: these do not return. */
MA_HIDDEN MA_COLD _Noreturn void
ma_liveness_die_twice(const void *p);
MA_HIDDEN MA_COLD _Noreturn void
ma_liveness_die_overrun(const void *p, const char *function, size_t room);

/* How much room is in a large span of so many bytes, with its guard? */
MA_HIDDEN size_t
ma_liveness_large_room(size_t nbytes);

/* --- Blocks of 0 bytes -------------------------------------------------- */

/* Stands for the span of them all. */
MA_HIDDEN extern struct ma_span ma_liveness_empty;

/* A new one, NULL if there are too many. */
#define MA_EMPTY_ALIGNMENT ((size_t)4096)
MA_HIDDEN void *
ma_liveness_take_empty(size_t alignment);

/* Does P lie where they are? */
MA_HIDDEN bool
ma_liveness_is_empty(const void *p);

/* Misuse if such a P is not live. */
MA_HIDDEN void
ma_liveness_inspect_empty(const void *p, const char *function);
MA_HIDDEN void
ma_liveness_end_empty(void *p);

#endif /* MA_LIVENESS_H */
