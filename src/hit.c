/* SPDX-License-Identifier: MIT */
/*
 * hit.c - the hit path for blocks that the inline one does not reach.
 */
#include "base.h"

#include "hit.h"

bool
ma_hit_owns_far(const struct ma_heap *heap, const void *p, size_t *c)
{
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;
	uint32_t word = slice < heap->window.slices ?
		ma_pagemap_window_word(&heap->window, slice) :
		ma_pagemap_word(a);
	uint32_t offset = (uint32_t)(a - ma_word_base(word, a));

	*c = ma_word_bin(word);
	/* Starter blocks lie on grids of their own. */
	return heap != &ma_heap_none && ma_word_owner(word) == heap->number &&
		*c != MA_STARTER_BIN &&
		offset % ma_sizeclass[*c].size == 0 &&
		!ma_block_is_marked(p, heap->secret);
}
