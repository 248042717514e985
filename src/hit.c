/* SPDX-License-Identifier: MIT */
/*
 * hit.c - the hit path for blocks that the inline one does not reach.
 */
#include "base.h"

#include "hit.h"

uint32_t
ma_hit_owner(const struct ma_heap *heap, const void *p, size_t *c)
{
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;
	uint32_t word = slice < heap->window.slices ?
		ma_pagemap_window_word(&heap->window, slice) :
		ma_pagemap_word(a);
	uint32_t owner = ma_word_owner(word);
	uint32_t offset = (uint32_t)(a - ma_word_base(word, a));

	*c = ma_word_bin(word);
	/* Starter blocks lie on grids of their own. */
	if (MA_HARDENED || owner == 0 || *c == MA_STARTER_BIN ||
	    heap == &ma_heap_none ||
	    !ma_sizeclass_on_grid((unsigned)*c, offset) ||
	    (ma_block_may_be_marked(p, &heap->secret) &&
	     ma_block_is_marked(p, heap->secret)))
		return 0;
	return owner;
}
