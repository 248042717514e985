/* SPDX-License-Identifier: MIT */
/*
 * span.h - the span record, and the words of the page map.
 *
 * A span is a run of slices that serves one bin, one large block, or nothing.
 * Its record lies out of line, one for each slice (see pagemap.h); that of
 * its first slice, the head, describes it.  That of the last slice of a free
 * span carries the length too, so that a span below can be joined: a boundary
 * tag, but out of reach of blocks.
 *
 *   slice     0        1        2        3        4        5
 *          +--------+--------+--------+--------+--------+--------+
 *   heap   | small span (2)  | free span (3)            | large ...
 *          +--------+--------+--------+--------+--------+--------+
 *   words  | o b 0  | o b 1  | FREE   | FREE   | FREE   | LARGE  | TAIL
 *   record | SMALL  | -      | FREE 3 | -      | END 3  | LARGE  | -
 *
 * A word of the page map, 32 bits:
 *
^ *   31      28 27                      7 6         1 0
 *  +----------+-------------------------+-------------+
 *  | position | owner, not 0            | bin         |   of a small span
 *  +----------+-------------------------+-------------+
 *  | 0        | 0                       | what  DIRTY |   any other slice
 *  +----------+-------------------------+-------------+
 *
 * The bin stands lowest, and what the hit path does not serve above it: the
 * first slice of a small span differs from its owner's identity in nothing
 * but the bin.
 *
 * DIRTY: the slice is not known to be zero.  It is told for free slices, and
 * stays in the words of a large block as it was when the block was taken.
 *
 *   S1  base is a multiple of MA_SLICE_SIZE, slices is not 0.
 *   S2  SMALL: every slice's word is owner, bin, position, as the record.
 *   S3  SMALL: carved <= capacity, out <= carved, and the list `free` has
 *       carved - out blocks.
 *   S4  FREE: the words of all slices are FREE; out counts the DIRTY ones;
 *       the record of the last slice is END with the same length.
 *   S5  LARGE: the first word is LARGE, the others TAIL.
 *   S6  Two neighbouring spans are not both free, unless an edge between
 *       them forbids to join them.
 */
#ifndef MA_SPAN_H
#define MA_SPAN_H

#include "base.h"

struct ma_block;

enum ma_span_kind {
	MA_SPAN_NONE,		/* not the head of a span */
	MA_SPAN_SMALL,		/* blocks of one bin */
	MA_SPAN_STARTER,	/* first blocks of many bins (heap.h) */
	MA_SPAN_LARGE,		/* one block of whole slices */
	MA_SPAN_HUGE,		/* one block with its own mapping */
	MA_SPAN_FREE,
	MA_SPAN_END		/* last slice of a free span */
};

/* In which list of its heap a small span is. */
enum ma_span_place {
	MA_PLACE_NONE,		/* nothing free in it, or not a small span */
	MA_PLACE_PARTIAL,	/* has free blocks: in the tree */
	MA_PLACE_FRESH		/* has no free blocks but uncarved ones */
};

struct ma_span {
	/* Neighbours in a tree (spantree.h) or a list of fresh spans. */
	union {
		struct ma_span *left;
		uintptr_t there;	/* hardened, LARGE: bits of pages that
					   were resident (hardened_large.c) */
	};
	struct ma_span *right;
	union {
		struct ma_block *free;	/* SMALL: blocks back in the span */
		const uint8_t *runs;	/* STARTER: bins of its runs */
		size_t nbytes;		/* HUGE: length of the mapping */
	};
	uintptr_t base;		/* address of the first slice */
	uint32_t slices;	/* length; HUGE: 1, only one is registered */
	uint32_t out;		/* SMALL: blocks out of the span;
				   FREE, LARGE: dirty slices (LARGE: when it
				   was taken) */
	uint32_t carved;	/* SMALL: blocks handed out at least once;
				   LARGE, HUGE: slices asked for, the others
				   are room to grow */
	union {
		uint16_t capacity;	/* SMALL: blocks it has room for */
		uint16_t below;	/* hardened, HUGE: slices of the mapping that
				   lie below it, the last page a guard */
	};
	uint8_t huge_page;	/* a huge page begins at this slice and was
				   asked for (arena_thp.c); atomic */
	uint8_t guard : 6;	/* hardened: enum ma_guard (os.h), of its last
				   page, or MA_SPAN_WHOLE_GUARD as well */
	uint8_t zeroed : 1;	/* hardened: SMALL: what is not carved is zero;
				   LARGE, a spare one: all is */
	uint8_t is_new : 1;	/* hardened, SMALL, LARGE: its memory was never
				   used before */
	uint32_t owner;		/* SMALL: number of its heap */
	uint8_t kind;		/* enum ma_span_kind */
	union {
		uint8_t bin;		/* SMALL */
		uint8_t huge_pages;	/* LARGE, HUGE: asked for */
	};
	union {
		uint8_t place;		/* SMALL: enum ma_span_place */
		uint8_t guard_below;	/* hardened, HUGE: enum ma_guard */
	};
	uint8_t edge;		/* const: do not join with what is below */
	uint32_t version;	/* see ma_span_close */
};

/* All of the span is a guard; beside enum ma_guard. */
#define MA_SPAN_WHOLE_GUARD 4u

_Static_assert(sizeof(void *) != 8 || sizeof(struct ma_span) == 64,
               "a span record is one cache line");

/* The thread sanitizer knows no fences. */
#if defined(__SANITIZE_THREAD__)
#define MA_SPAN_FENCE() ((void)0)
#else
#define MA_SPAN_FENCE() __atomic_thread_fence(__ATOMIC_RELEASE)
#endif

/*
 * One use of a span ends, and with its fields written another one begins; under
 * the arena's lock.  A walker takes none: it copies the record, reads the word,
 * and has fields of one use if the two fit together and the version is still
 * the one that it read first.  In between nothing fits.
 */
MA_INLINE void
ma_span_close(struct ma_span *span)
{
	span->kind = MA_SPAN_NONE;
	__atomic_fetch_add(&span->version, 1, __ATOMIC_ACQ_REL);
	/* What is written next could be seen before that otherwise. */
	MA_SPAN_FENCE();
}

/* Before the words tell of it. */
MA_INLINE void
ma_span_open(struct ma_span *span, enum ma_span_kind kind)
{
	__atomic_fetch_add(&span->version, 1, __ATOMIC_ACQ_REL);
	__atomic_store_n(&span->kind, (uint8_t)kind, __ATOMIC_RELEASE);
}

/* Hardened: the blocks of a small span are cleared next, from what walkers
   would take for live ones. */
MA_INLINE void
ma_span_clear(struct ma_span *span)
{
	__atomic_store_n(&span->carved, 0, __ATOMIC_RELAXED);
	MA_SPAN_FENCE();
}

/* --- Words -------------------------------------------------------------- */

#define MA_WORD_BIN 0x7fu
#define MA_WORD_OWNER_SHIFT 7
#define MA_WORD_POSITION_SHIFT 28
#define MA_WORD_NO_POSITION (((uint32_t)1 << MA_WORD_POSITION_SHIFT) - 1)

/* The longest span with blocks, and the most heaps there can be. */
#define MA_SPAN_SLICES_MAX (1u << (32 - MA_WORD_POSITION_SHIFT))
#define MA_OWNERS ((uint32_t)1 << 20)

#define MA_WORD_FOREIGN 0u
#define MA_WORD_FREE (1u << 1)
#define MA_WORD_LARGE (2u << 1)
#define MA_WORD_TAIL (3u << 1)
#define MA_WORD_HUGE (4u << 1)
#define MA_WORD_DIRTY 1u
/* Hardened, of a free slice: its last page is a guard, MA_GUARD_MARKED. */
#define MA_WORD_GUARDED (1u << 6)

MA_INLINE uint32_t
ma_word_make(uint32_t owner, unsigned bin, uint32_t position)
{
	return position << MA_WORD_POSITION_SHIFT |
		owner << MA_WORD_OWNER_SHIFT | bin;
}

MA_INLINE uint32_t
ma_word_owner(uint32_t word)
{
	return (word >> MA_WORD_OWNER_SHIFT) & (MA_OWNERS - 1);
}

/* Of a slice in a small span. */
MA_INLINE uint32_t
ma_word_position(uint32_t word)
{
	return word >> MA_WORD_POSITION_SHIFT;
}

MA_INLINE unsigned
ma_word_bin(uint32_t word)
{
	return word & MA_WORD_BIN;
}

/* Where the span of WORD starts, in which ADDRESS lies. */
MA_INLINE uintptr_t
ma_word_base(uint32_t word, uintptr_t address)
{
	return ma_align_down(address, MA_SLICE_SIZE) -
		((uintptr_t)ma_word_position(word) << MA_SLICE_SHIFT);
}

/* What it is, for words without an owner. */
MA_INLINE uint32_t
ma_word_what(uint32_t word)
{
	return word & ~(MA_WORD_DIRTY | MA_WORD_GUARDED);
}

MA_INLINE size_t
ma_span_bytes(const struct ma_span *span)
{
	return span->kind == MA_SPAN_HUGE ? span->nbytes :
		(size_t)span->slices << MA_SLICE_SHIFT;
}

/* Where the slices of SPAN end that have words: of a huge one only the first
   has. */
MA_INLINE uintptr_t
ma_span_end(const struct ma_span *span)
{
	return span->base + ((uintptr_t)span->slices << MA_SLICE_SHIFT);
}

/*
 * Is SPAN a large block that nobody has: the arena's reserve, or one that
 * waits in quarantine?
 */
MA_INLINE bool
ma_span_is_reserve(const struct ma_span *span)
{
	return (span->kind == MA_SPAN_LARGE || span->kind == MA_SPAN_HUGE) &&
		span->carved == 0;
}

#endif /* MA_SPAN_H */
