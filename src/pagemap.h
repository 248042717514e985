/* SPDX-License-Identifier: MIT */
/*
 * pagemap.h - from an address to its word and its span record.
 *
 *   address   46            31 30           14 13              0
 *            +----------------+---------------+-----------------+
 *            | root index     | leaf index    | in the slice    |
 *            +----------------+---------------+-----------------+
 *
 *   root[index] --> 131072 words of 32 bits
 *               --> 256 chunks of 512 span records
 *
 * Nothing is written at start, and untouched pages of the root and of leaves
 * stay non-resident.  Leaves and chunks of records are made on demand and
 * stay for ever.  The root is of 1 MiB: a library of 2 MiB and more would be
 * aligned to a huge page by Linux, and with it all libraries below it.
 *
 * The first leaf is made together with its neighbours, their words side by
 * side: the window.  The heap of most programs lies in it whole, and there
 * one subtraction and one compare lead from any address to its word.
 *
 *   P1  Words and records may be read at any time by anybody, for any
 *       address; addresses beyond the root read as foreign.
 *   P2  Words change under the arena lock; those of a span in use by a heap
 *       also under that heap's lock (adoption).
 *   P3  A slice with a word other than foreign has a record.
 */
#ifndef MA_PAGEMAP_H
#define MA_PAGEMAP_H

#include "base.h"
#include "span.h"

#define MA_LEAF_SHIFT 17
#define MA_LEAF_WORDS ((size_t)1 << MA_LEAF_SHIFT)
#define MA_CHUNK_RECORDS ((size_t)512)
#define MA_LEAF_CHUNKS (MA_LEAF_WORDS / MA_CHUNK_RECORDS)
#define MA_ROOT_SHIFT (MA_SLICE_SHIFT + MA_LEAF_SHIFT)
#define MA_ROOT_ENTRIES ((size_t)1 << (MA_ADDRESS_BITS - MA_ROOT_SHIFT))

struct ma_leaf {
	uint32_t *words;	/* NULL if there is no leaf */
	struct ma_span **chunks;	/* NULL until there is a record */
};

struct ma_window {
	uintptr_t base;		/* address of its first slice */
	uintptr_t slices;	/* 0 until there is one, then const */
	const uint32_t *words;
	struct ma_span **chunks;	/* those of its leaves, side by side */
};

MA_HIDDEN extern struct ma_leaf ma_pagemap_root[MA_ROOT_ENTRIES];

/*
 * Which groups of root entries (pages of them) are not all empty: walkers
 * need not touch the others.
 */
#define MA_GROUP_SHIFT 8
#define MA_GROUPS ((MA_ROOT_ENTRIES >> MA_GROUP_SHIFT) + 1)

MA_HIDDEN extern uint8_t ma_pagemap_groups[MA_GROUPS];

/* The window, all zero if there is none yet. */
MA_HIDDEN struct ma_window
ma_pagemap_window(void);

/* The word of slice number SLICE of the window. */
MA_INLINE uint32_t
ma_pagemap_window_word(const struct ma_window *window, uintptr_t slice)
{
	return __atomic_load_n(&window->words[slice], __ATOMIC_RELAXED);
}

/* The record of slice number SLICE of the window, which must have one. */
MA_INLINE struct ma_span *
ma_pagemap_window_record(const struct ma_window *window, uintptr_t slice)
{
	struct ma_span *chunk =
		__atomic_load_n(&window->chunks[slice / MA_CHUNK_RECORDS],
		                __ATOMIC_RELAXED);

	return &chunk[slice % MA_CHUNK_RECORDS];
}

/* The words of the leaf of ADDRESS, NULL if there is none. */
MA_INLINE uint32_t *
ma_pagemap_words(uintptr_t address)
{
	size_t i = address >> MA_ROOT_SHIFT;

	if (MA_UNLIKELY(i >= MA_ROOT_ENTRIES))
		return NULL;
	return __atomic_load_n(&ma_pagemap_root[i].words, __ATOMIC_ACQUIRE);
}

MA_INLINE size_t
ma_pagemap_leaf_index(uintptr_t address)
{
	return (address >> MA_SLICE_SHIFT) & (MA_LEAF_WORDS - 1);
}

/* The word of ADDRESS, which may be any. */
MA_INLINE uint32_t
ma_pagemap_word(uintptr_t address)
{
	const uint32_t *words = ma_pagemap_words(address);

	return words == NULL ? MA_WORD_FOREIGN :
		__atomic_load_n(&words[ma_pagemap_leaf_index(address)],
		                __ATOMIC_RELAXED);
}

/* The record of the slice of ADDRESS, NULL if there is none. */
MA_INLINE struct ma_span *
ma_pagemap_record(uintptr_t address)
{
	size_t r = address >> MA_ROOT_SHIFT;
	size_t i = ma_pagemap_leaf_index(address);
	struct ma_span **chunks, *chunk;

	if (MA_UNLIKELY(r >= MA_ROOT_ENTRIES))
		return NULL;
	chunks = __atomic_load_n(&ma_pagemap_root[r].chunks, __ATOMIC_ACQUIRE);
	if (chunks == NULL)
		return NULL;
	chunk = __atomic_load_n(&chunks[i / MA_CHUNK_RECORDS],
	                        __ATOMIC_ACQUIRE);
	return chunk == NULL ? NULL : &chunk[i % MA_CHUNK_RECORDS];
}

/*
 * In the hardened build each chunk of records has bits behind it, one for each
 * 16 bytes of their slices: is a live block's start there?  They are in words
 * that every processor changes at once.
 */
#define MA_LIVE_BITS (8 * sizeof(uintptr_t))
#define MA_LIVE_WORDS (MA_SLICE_SIZE / MA_ALIGNMENT / MA_LIVE_BITS)

/* The word with the bit of ADDRESS, whose record is in CHUNK. */
MA_INLINE uintptr_t *
ma_pagemap_chunk_live(struct ma_span *chunk, uintptr_t address)
{
	size_t place = address % (MA_CHUNK_RECORDS * MA_SLICE_SIZE) /
		MA_ALIGNMENT;

	return (uintptr_t *)(chunk + MA_CHUNK_RECORDS) + place / MA_LIVE_BITS;
}

/* The same of an ADDRESS that has a record. */
MA_INLINE uintptr_t *
ma_pagemap_live(uintptr_t address)
{
	return ma_pagemap_chunk_live(ma_pagemap_record(address) -
	                             ma_pagemap_leaf_index(address) %
	                             MA_CHUNK_RECORDS, address);
}

/* The same in slice number SLICE of the window. */
MA_INLINE uintptr_t *
ma_pagemap_window_live(const struct ma_window *window, uintptr_t slice,
                       uintptr_t address)
{
	return ma_pagemap_chunk_live(
		__atomic_load_n(&window->chunks[slice / MA_CHUNK_RECORDS],
		                __ATOMIC_RELAXED), address);
}

/*
 * Behind all that: where the option mismatch keeps a byte for each 16 bytes of
 * the slices (maker.c).  The byte of ADDRESS; NULL if there is none, and, if
 * MAKE, no memory for it.
 */
MA_HIDDEN uint8_t *
ma_pagemap_maker(uintptr_t address, bool make);

/* The record of the small span whose WORD stands at ADDRESS. */
MA_INLINE struct ma_span *
ma_pagemap_head(uint32_t word, uintptr_t address)
{
	return ma_pagemap_record(ma_word_base(word, address));
}

/*
 * The record of the span in which ADDRESS lies, in use or free; NULL for
 * addresses that are foreign, or inside of a huge block beyond its first
 * slice.  Exact under the arena lock.
 */
MA_HIDDEN struct ma_span *
ma_pagemap_span(uintptr_t address);

/*
 * Make leaves and records for NSLICES slices from START; false, and nothing
 * registered, if there is no memory or START lies beyond the root.
 */
MA_HIDDEN bool
ma_pagemap_cover(uintptr_t start, size_t nslices);

/* Set the word of the slice at ADDRESS, which is covered. */
MA_HIDDEN void
ma_pagemap_set(uintptr_t address, uint32_t word);

/*
 * The same for NSLICES slices from ADDRESS on, of whose words the bits KEEP
 * stay.
 */
MA_HIDDEN void
ma_pagemap_fill(uintptr_t address, size_t nslices, uint32_t word,
                uint32_t keep);

/* How many of NSLICES covered slices from ADDRESS on are dirty. */
MA_HIDDEN size_t
ma_pagemap_count_dirty(uintptr_t address, size_t nslices);

/*
 * Give all slices of SPAN the words of owner and bin, with their positions.
 */
MA_HIDDEN void
ma_pagemap_set_owner(const struct ma_span *span, uint32_t owner,
                     unsigned bin);

/*
 * The first slice at or behind ADDRESS with a word that is not foreign, 0 if
 * there is none.
 */
MA_HIDDEN uintptr_t
ma_pagemap_next(uintptr_t address);

#endif /* MA_PAGEMAP_H */
