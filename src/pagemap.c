/* SPDX-License-Identifier: MIT */
/*
 * pagemap.c - from an address to its word and its span record.
 */
#include "base.h"

#include "meta.h"
#include "pagemap.h"

/* The window: so many leaves, this many of them below the first. */
#define WINDOW_LEAVES 8
#define WINDOW_BELOW 2

MA_BEHIND struct ma_leaf ma_pagemap_root[MA_ROOT_ENTRIES];
uint8_t ma_pagemap_groups[MA_GROUPS];

static struct ma_window window;

struct ma_window
ma_pagemap_window(void)
{
	struct ma_window w = { 0, 0, NULL, NULL };

	w.slices = __atomic_load_n(&window.slices, __ATOMIC_ACQUIRE);
	if (w.slices != 0) {
		w.base = window.base;
		w.words = window.words;
		w.chunks = window.chunks;
	}
	return w;
}

/* Tails lead to their head, slice by slice: large blocks are few slices. */
static uintptr_t
head_of_tail(uintptr_t address)
{
	do
		address -= MA_SLICE_SIZE;
	while (ma_word_what(ma_pagemap_word(address)) == MA_WORD_TAIL);
	return address;
}

/* A free slice that is not first or last leads down to its head. */
static uintptr_t
head_of_free(uintptr_t address)
{
	for (;; address -= MA_SLICE_SIZE) {
		struct ma_span *span = ma_pagemap_record(address);
		uint32_t what = ma_word_what(ma_pagemap_word(address));

		if (span == NULL || what != MA_WORD_FREE)
			return 0;
		if (span->kind == MA_SPAN_FREE && span->base == address)
			return address;
	}
}

struct ma_span *
ma_pagemap_span(uintptr_t address)
{
	uint32_t word = ma_pagemap_word(address);
	uintptr_t base = ma_align_down(address, MA_SLICE_SIZE);

	if (ma_word_owner(word) != 0)
		base = ma_word_base(word, address);
	else if (ma_word_what(word) == MA_WORD_TAIL)
		base = head_of_tail(base);
	else if (ma_word_what(word) == MA_WORD_FREE)
		base = head_of_free(base);
	else if (word == MA_WORD_FOREIGN)
		return NULL;
	return base == 0 ? NULL : ma_pagemap_record(base);
}

/*
 * Make the leaves of N root entries from I on, with nothing in them, side by
 * side as *WINDOW tells; false if refused.
 */
static bool
make_leaves(size_t i, size_t n, struct ma_window *made)
{
	size_t words_bytes = n * MA_LEAF_WORDS * sizeof(uint32_t);
	size_t chunks_bytes = n * MA_LEAF_CHUNKS * sizeof(struct ma_span *);
	char *both = ma_meta_alloc(words_bytes + chunks_bytes);
	uint32_t *words = (uint32_t *)both;
	struct ma_span **chunks;

	if (both == NULL)
		return false;
	chunks = (struct ma_span **)(both + words_bytes);
	for (size_t k = 0; k < n; k++) {
		struct ma_leaf *leaf = &ma_pagemap_root[i + k];

		__atomic_store_n(&ma_pagemap_groups[(i + k) >> MA_GROUP_SHIFT],
		                 1, __ATOMIC_RELAXED);
		__atomic_store_n(&leaf->chunks, chunks + k * MA_LEAF_CHUNKS,
		                 __ATOMIC_RELEASE);
		__atomic_store_n(&leaf->words, words + k * MA_LEAF_WORDS,
		                 __ATOMIC_RELEASE);
	}
	made->base = i << MA_ROOT_SHIFT;
	made->words = words;
	made->chunks = chunks;
	return true;
}

/* The first leaf, with root entry I, and those around it that are to be had. */
static bool
make_window(size_t i)
{
	size_t first = i < WINDOW_BELOW ? 0 : i - WINDOW_BELOW;
	size_t n = WINDOW_LEAVES;

	if (n > MA_ROOT_ENTRIES - first)
		n = MA_ROOT_ENTRIES - first;
	if (!make_leaves(first, n, &window)) {
		n = 1;
		if (!make_leaves(i, n, &window))
			return false;
	}
	__atomic_store_n(&window.slices, n << MA_LEAF_SHIFT, __ATOMIC_RELEASE);
	return true;
}

static bool
make_leaf(size_t i)
{
	struct ma_window made;

	return window.slices == 0 ? make_window(i) : make_leaves(i, 1, &made);
}

#define RECORD_BYTES (sizeof(struct ma_span) + \
	(MA_HARDENED ? MA_LIVE_WORDS * sizeof(uintptr_t) : 0))

/* Make the records that the slice at A needs, if it has none. */
static bool
make_chunk(uintptr_t a)
{
	struct ma_span **chunks = ma_pagemap_root[a >> MA_ROOT_SHIFT].chunks;
	struct ma_span *records;
	size_t i = ma_pagemap_leaf_index(a) / MA_CHUNK_RECORDS;

	if (chunks[i] != NULL)
		return true;
	records = ma_meta_alloc(MA_CHUNK_RECORDS * RECORD_BYTES +
	                        sizeof(uint8_t *));
	if (records == NULL)
		return false;
	__atomic_store_n(&chunks[i], records, __ATOMIC_RELEASE);
	return true;
}

uint8_t *
ma_pagemap_maker(uintptr_t address, bool make)
{
	size_t i = ma_pagemap_leaf_index(address) % MA_CHUNK_RECORDS;
	size_t places = MA_SLICE_SIZE / MA_ALIGNMENT;
	struct ma_span *record = ma_pagemap_record(address);
	uint8_t **slot, *bytes, *old = NULL;

	if (record == NULL)
		return NULL;
	slot = (uint8_t **)((char *)(record - i) +
	                    MA_CHUNK_RECORDS * RECORD_BYTES);
	bytes = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
	if (bytes == NULL && make) {
		bytes = ma_meta_alloc(MA_CHUNK_RECORDS * places);
		/* Of two threads one has made it in vain. */
		if (bytes != NULL &&
		    !__atomic_compare_exchange_n(slot, &old, bytes, false,
		                                 __ATOMIC_ACQ_REL,
		                                 __ATOMIC_ACQUIRE))
			bytes = old;
	}
	return bytes == NULL ? NULL :
		&bytes[i * places + address % MA_SLICE_SIZE / MA_ALIGNMENT];
}

bool
ma_pagemap_cover(uintptr_t start, size_t nslices)
{
	uintptr_t chunk_bytes = MA_CHUNK_RECORDS << MA_SLICE_SHIFT;
	uintptr_t last = start + ((nslices - 1) << MA_SLICE_SHIFT);

	if (last < start || last >> MA_ROOT_SHIFT >= MA_ROOT_ENTRIES)
		return false;
	/* Behind the last chunk of 32 bits is the first: not by A alone. */
	for (uintptr_t a = ma_align_down(start, chunk_bytes);;
	     a += chunk_bytes) {
		if (ma_pagemap_words(a) == NULL &&
		    !make_leaf(a >> MA_ROOT_SHIFT))
			return false;
		if (!make_chunk(a))
			return false;
		if (last - a < chunk_bytes)
			return true;
	}
}

void
ma_pagemap_set(uintptr_t address, uint32_t word)
{
	__atomic_store_n(&ma_pagemap_words(address)[
	                         ma_pagemap_leaf_index(address)], word,
	                 __ATOMIC_RELEASE);
}

/* The words from ADDRESS on, and how many of N are in the same leaf. */
static uint32_t *
run_of(uintptr_t address, size_t *n)
{
	size_t i = ma_pagemap_leaf_index(address);

	if (*n > MA_LEAF_WORDS - i)
		*n = MA_LEAF_WORDS - i;
	return &ma_pagemap_words(address)[i];
}

void
ma_pagemap_fill(uintptr_t address, size_t nslices, uint32_t word,
                uint32_t keep)
{
	while (nslices != 0) {
		size_t n = nslices;
		uint32_t *words = run_of(address, &n);

		for (size_t i = 0; i < n; i++)
			__atomic_store_n(&words[i], word | (words[i] & keep),
			                 __ATOMIC_RELEASE);
		nslices -= n;
		address += (uintptr_t)n << MA_SLICE_SHIFT;
	}
}

size_t
ma_pagemap_count_dirty(uintptr_t address, size_t nslices)
{
	size_t ndirty = 0;

	while (nslices != 0) {
		size_t n = nslices;
		const uint32_t *words = run_of(address, &n);

		for (size_t i = 0; i < n; i++)
			ndirty += words[i] & MA_WORD_DIRTY;
		nslices -= n;
		address += (uintptr_t)n << MA_SLICE_SHIFT;
	}
	return ndirty;
}

void
ma_pagemap_set_owner(const struct ma_span *span, uint32_t owner, unsigned bin)
{
	for (uint32_t i = 0; i < span->slices; i++)
		ma_pagemap_set(span->base + ((uintptr_t)i << MA_SLICE_SHIFT),
		               ma_word_make(owner, bin, i));
}

/* The first word of LEAF from I on that is used, MA_LEAF_WORDS if none. */
static size_t
next_in_leaf(const struct ma_leaf *leaf, size_t i)
{
	while (i < MA_LEAF_WORDS) {
		/* Slices without a record are foreign. */
		if (__atomic_load_n(&leaf->chunks[i / MA_CHUNK_RECORDS],
		                    __ATOMIC_ACQUIRE) == NULL)
			i = ma_align_down(i, MA_CHUNK_RECORDS) +
				MA_CHUNK_RECORDS;
		else if (__atomic_load_n(&leaf->words[i],
		                         __ATOMIC_RELAXED) == 0)
			i++;
		else
			break;
	}
	return i;
}

uintptr_t
ma_pagemap_next(uintptr_t address)
{
	size_t r = address >> MA_ROOT_SHIFT;
	size_t i = ma_pagemap_leaf_index(address);

	for (; r < MA_ROOT_ENTRIES; i = 0) {
		const struct ma_leaf *leaf = &ma_pagemap_root[r];

		if (!ma_pagemap_groups[r >> MA_GROUP_SHIFT]) {
			r = ((r >> MA_GROUP_SHIFT) + 1) << MA_GROUP_SHIFT;
			continue;
		}
		if (__atomic_load_n(&leaf->chunks, __ATOMIC_ACQUIRE) != NULL) {
			i = next_in_leaf(leaf, i);
			if (i < MA_LEAF_WORDS)
				return (uintptr_t)r << MA_ROOT_SHIFT |
					(uintptr_t)i << MA_SLICE_SHIFT;
		}
		r++;
	}
	return 0;
}
