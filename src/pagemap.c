/* SPDX-License-Identifier: MIT */
/*
 * pagemap.c - from an address to its word and its span record.
 */
#include "base.h"

#include "meta.h"
#include "pagemap.h"

intptr_t ma_pagemap_root[MA_ROOT_ENTRIES];
struct ma_leaf ma_pagemap_zero;

uint8_t ma_pagemap_groups[MA_GROUPS];

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

static struct ma_leaf *
make_leaf(size_t i)
{
	struct ma_leaf *leaf = ma_meta_alloc(sizeof(*leaf));

	if (leaf == NULL)
		return NULL;
	__atomic_store_n(&ma_pagemap_groups[i >> MA_GROUP_SHIFT], 1,
	                 __ATOMIC_RELAXED);
	__atomic_store_n(&ma_pagemap_root[i],
	                 (char *)leaf - (char *)&ma_pagemap_zero,
	                 __ATOMIC_RELEASE);
	return leaf;
}

bool
ma_pagemap_cover(uintptr_t start, size_t nslices)
{
	uintptr_t chunk_bytes = MA_CHUNK_RECORDS << MA_SLICE_SHIFT;
	uintptr_t last = start + ((nslices - 1) << MA_SLICE_SHIFT);

	if (last >> MA_ROOT_SHIFT >= MA_ROOT_ENTRIES)
		return false;
	for (uintptr_t a = ma_align_down(start, chunk_bytes); a <= last;
	     a += chunk_bytes) {
		struct ma_leaf *leaf = ma_pagemap_leaf(a);

		if (leaf == &ma_pagemap_zero)
			leaf = make_leaf(a >> MA_ROOT_SHIFT);
		if (leaf == NULL)
			return false;
		struct ma_span **chunk = &leaf->chunks[
			ma_pagemap_leaf_index(a) / MA_CHUNK_RECORDS];
		if (*chunk != NULL)
			continue;
		struct ma_span *records = ma_meta_alloc(
			MA_CHUNK_RECORDS * sizeof(**chunk));
		if (records == NULL)
			return false;
		__atomic_store_n(chunk, records, __ATOMIC_RELEASE);
	}
	return true;
}

void
ma_pagemap_set(uintptr_t address, uint32_t word)
{
	__atomic_store_n(&ma_pagemap_leaf(address)->
	                 words[ma_pagemap_leaf_index(address)], word,
	                 __ATOMIC_RELEASE);
}

void
ma_pagemap_set_owner(const struct ma_span *span, uint32_t owner, unsigned bin)
{
	uint32_t word = ma_word_make(owner, bin);

	for (uint32_t i = 0; i < span->slices; i++)
		ma_pagemap_set(span->base + ((uintptr_t)i << MA_SLICE_SHIFT),
		               word | i);
}

/* The first used word of LEAF from index I on, MA_LEAF_WORDS if none. */
static size_t
next_in_leaf(struct ma_leaf *leaf, size_t i)
{
	while (i < MA_LEAF_WORDS &&
	       __atomic_load_n(&leaf->words[i], __ATOMIC_RELAXED) == 0)
		i++;
	return i;
}

uintptr_t
ma_pagemap_next(uintptr_t address)
{
	size_t r = address >> MA_ROOT_SHIFT;
	size_t i = ma_pagemap_leaf_index(address);

	for (; r < MA_ROOT_ENTRIES; i = 0) {
		struct ma_leaf *leaf;

		if (!ma_pagemap_groups[r >> MA_GROUP_SHIFT]) {
			r = ((r >> MA_GROUP_SHIFT) + 1) << MA_GROUP_SHIFT;
			continue;
		}
		leaf = ma_pagemap_leaf((uintptr_t)r << MA_ROOT_SHIFT);
		if (leaf != &ma_pagemap_zero) {
			i = next_in_leaf(leaf, i);
			if (i < MA_LEAF_WORDS)
				return (uintptr_t)r << MA_ROOT_SHIFT |
					(uintptr_t)i << MA_SLICE_SHIFT;
		}
		r++;
	}
	return 0;
}
