/* SPDX-License-Identifier: MIT */
/*
 * heap_spans.c - the spans of a heap: carving, returning blocks to them.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "error.h"
#include "heap.h"
#include "pagemap.h"
#include "spantree.h"

/* How many bytes of blocks are carved at a time. */
#define CARVE_BYTES 4096u
/* Where they are shuffled, at least so many blocks. */
#define CARVE_LEAST 4u

static void
unlink_fresh(struct ma_span **list, struct ma_span *span)
{
	if (span->left != NULL)
		span->left->right = span->right;
	else
		*list = span->right;
	if (span->right != NULL)
		span->right->left = span->left;
	span->left = NULL;
	span->right = NULL;
}

static void
remove_partial(struct ma_span_lists *lists, struct ma_span *span)
{
	ma_spantree_remove(&lists->partial, span);
	if (lists->empty == span)
		lists->empty = NULL;
}

/* Out of the tree or list that SPAN is in. */
static void
unplace_span(struct ma_heap *heap, struct ma_span *span)
{
	if (span->place == MA_PLACE_PARTIAL)
		remove_partial(&heap->lists[span->bin], span);
	else if (span->place == MA_PLACE_FRESH)
		unlink_fresh(&heap->lists[span->bin].fresh, span);
	span->place = MA_PLACE_NONE;
}

/* Put SPAN where it belongs by H2, from where it is. */
static void
place_span(struct ma_heap *heap, struct ma_span *span)
{
	unsigned place = span->free != MA_BLOCK_END ? MA_PLACE_PARTIAL :
		span->carved < span->capacity ? MA_PLACE_FRESH :
		MA_PLACE_NONE;

	if (span->place == place)
		return;
	unplace_span(heap, span);
	span->place = (uint8_t)place;
	if (place == MA_PLACE_PARTIAL) {
		ma_spantree_insert(&heap->lists[span->bin].partial, span);
	} else if (place == MA_PLACE_FRESH) {
		struct ma_span **list = &heap->lists[span->bin].fresh;

		span->right = *list;
		if (*list != NULL)
			(*list)->left = span;
		*list = span;
	}
}

void
ma_heap_unlink_span(struct ma_heap *heap, struct ma_span *span)
{
	unplace_span(heap, span);
	heap->spans--;
	heap->span_bytes -= ma_span_bytes(span);
}

/*
 * Hardened: the blocks of SPAN are zero but for links, marks and the word of
 * fresh ones, which whoever gets its memory as a large block is not to read:
 * of a place and what stands there follow the secrets.
 */
static void
clear_links(struct ma_span *span)
{
	size_t size = ma_sizeclass[span->bin].size;
	uintptr_t end = span->base + span->carved * size;
	size_t nbytes = size < MA_BLOCK_FRESH_LEAST ?
		sizeof(struct ma_block) :
		sizeof(struct ma_block) + sizeof(uintptr_t);

	ma_span_clear(span);
	for (uintptr_t at = span->base; at < end; at += size)
		memset((void *)at, 0, nbytes);
}

static void
release_span(struct ma_heap *heap, struct ma_span *span)
{
	ma_heap_unlink_span(heap, span);
	if (MA_HARDENED)
		clear_links(span);
	ma_arena_give_blocks(span);
}

/* SPAN stays, although it is empty; what stayed before goes. */
static void
keep_empty(struct ma_heap *heap, struct ma_span *span)
{
	struct ma_span **empty = &heap->lists[span->bin].empty;

	if (*empty != span && *empty != NULL)
		release_span(heap, *empty);
	*empty = span;
}

void
ma_heap_link_span(struct ma_heap *heap, struct ma_span *span)
{
	heap->spans++;
	heap->span_bytes += ma_span_bytes(span);
	place_span(heap, span);
	if (span->place == MA_PLACE_PARTIAL && span->out == 0)
		keep_empty(heap, span);
}

void
ma_heap_load_bin(struct ma_heap *heap, unsigned c, struct ma_block *list,
                 uint32_t count)
{
	struct ma_bins *bins = &heap->bins;
	int32_t short_of = (int32_t)count - bins->room[c];

	ma_assert(ma_bin_is_empty(bins, c));
	if (short_of > 0) {
		bins->cap[c] += short_of;
		bins->room[c] += short_of;
	}
	bins->room[c] -= (int32_t)count;
	ma_bin_order();
	bins->head[c] = list;
}

bool
ma_heap_fill_partial(struct ma_heap *heap, unsigned c)
{
	struct ma_span *span = ma_spantree_first(heap->lists[c].partial);
	struct ma_block *list;
	uint32_t count;

	if (span == NULL)
		return false;
	list = span->free;
	count = span->carved - span->out;
	span->free = MA_BLOCK_END;
	span->out = span->carved;
	place_span(heap, span);
	ma_heap_load_bin(heap, c, list, count);
	return true;
}

/* So many neighbours are in any order.  GROUP_BYTES, 8 cache lines, is how far
   off the next one may be for processors still to fetch ahead when a program
   visits blocks in the order in which it got them. */
#define GROUP 12u
#define GROUP_LEAST 4u
#define GROUP_BYTES 512u

/* At most GROUP blocks from BASE on, zeroed, in any order in front of LIST. */
static struct ma_block *
carve_group(struct ma_heap *heap, struct ma_block *list, uintptr_t base,
            uint32_t count, uint32_t size, const struct ma_span *span)
{
	bool fresh = span->zeroed && size >= MA_BLOCK_FRESH_LEAST;
	uint32_t order[GROUP];
	uint32_t left = ma_heap_random(heap);

	/* One number is enough for all of them: 12! is less than 2^32. */
	for (uint32_t i = 0; i < count; i++) {
		uint64_t product = (uint64_t)left * (i + 1);
		uint32_t k = MA_WITHOUT_SHUFFLING ? i :
			(uint32_t)(product >> 32);

		left = (uint32_t)product;
		order[i] = order[k];
		order[k] = i;
	}
	for (uint32_t i = count; i-- > 0;) {
		struct ma_block *block =
			(struct ma_block *)(base + (size_t)order[i] * size);

		ma_block_link(block, list, heap->secret);
		if (fresh)
			*(uintptr_t *)(block + 1) =
				ma_block_fresh(block, span->is_new,
				               heap->secret);
		list = block;
	}
	return list;
}

static struct ma_block *
carve_shuffled(struct ma_heap *heap, const struct ma_span *span,
               uintptr_t base, uint32_t count, uint32_t size)
{
	struct ma_block *list = MA_BLOCK_END;
	uint32_t group = GROUP_BYTES / size;

	group = group > GROUP ? GROUP :
		group < GROUP_LEAST ? GROUP_LEAST : group;
	if (!span->zeroed)
		memset((void *)base, 0, (size_t)count * size);
	for (; count > group; count -= group)
		list = carve_group(heap, list, base +
		                   (size_t)(count - group) * size, group,
		                   size, span);
	return carve_group(heap, list, base, count, size, span);
}

struct ma_block *
ma_heap_carve(struct ma_heap *heap, const struct ma_span *span, uintptr_t base,
              uint32_t count, uint32_t size)
{
	struct ma_block *first = (struct ma_block *)base;

	if (MA_HARDENED)
		return carve_shuffled(heap, span, base, count, size);
	for (; count != 0; count--, base += size) {
		struct ma_block *next = count == 1 ? MA_BLOCK_END :
			(struct ma_block *)(base + size);

		ma_block_link((struct ma_block *)base, next, heap->secret);
	}
	return first;
}

bool
ma_heap_fill_fresh(struct ma_heap *heap, unsigned c)
{
	struct ma_span *span = heap->lists[c].fresh;
	uint32_t size = ma_sizeclass[c].size;
	struct ma_block *first;
	uint32_t count;

	if (span == NULL)
		return false;
	count = size < CARVE_BYTES ? CARVE_BYTES / size : 1;
	if (MA_HARDENED && count < CARVE_LEAST)
		count = CARVE_LEAST;
	if (count > span->capacity - span->carved)
		count = span->capacity - span->carved;
	first = (struct ma_block *)(span->base + (size_t)span->carved * size);
	first = ma_heap_carve(heap, span, (uintptr_t)first, count, size);
	/* Walkers read `carved` first, marks second. */
	__atomic_store_n(&span->carved, span->carved + count,
	                 __ATOMIC_RELEASE);
	span->out += count;
	place_span(heap, span);
	ma_heap_load_bin(heap, c, first, count);
	return true;
}

/* A block in a list must be a free one that was carved. */
static MA_COLD _Noreturn void
die_of_listed(const struct ma_heap *heap, const struct ma_block *block)
{
	uint32_t owner = ma_word_owner(ma_pagemap_word((uintptr_t)block));

	if (!ma_block_is_intact(block, heap->secret) || owner != heap->number)
		ma_heap_die_overwritten(block, "free");
	ma_error_die(MEMALLOC_ERR_CORRUPT, "free", block,
	             "was freed before it was ever handed out");
}

/*
 * Return the blocks at the head of LIST that lie in SPAN; returns the rest of
 * the list.
 */
MA_INLINE struct ma_block *
return_run(const struct ma_heap *heap, struct ma_span *span,
           struct ma_block *list)
{
	struct ma_block *block = list, *last;
	uintptr_t base = span->base;
	uintptr_t carved = (uintptr_t)span->carved *
		ma_sizeclass[span->bin].size;
	uint32_t out = span->out;

	ma_assert(span->owner == heap->number);
	if (MA_UNLIKELY((uintptr_t)list - base >= carved))
		die_of_listed(heap, list);
	do {
		if (MA_UNLIKELY(!ma_block_is_intact(block, heap->secret)))
			die_of_listed(heap, block);
		/* More than is out: the list may run in a circle. */
		if (MA_UNLIKELY(out-- == 0))
			ma_heap_die_twice(block);
		last = block;
		block = ma_block_next(block);
	} while ((uintptr_t)block - base < carved);
	ma_block_link(last, span->free, heap->secret);
	span->free = list;
	span->out = out;
	return block;
}

/* What is to be done with SPAN now that blocks came back to it. */
static void
settle_span(struct ma_heap *heap, struct ma_span *span)
{
	if (span->place != MA_PLACE_PARTIAL)
		place_span(heap, span);
	if (span->out != 0)
		return;
	/* The bin's only span with free blocks is kept, even empty. */
	if (span->left != NULL || span->right != NULL ||
	    heap->lists[span->bin].partial != span)
		release_span(heap, span);
	else
		keep_empty(heap, span);
}

/*
 * The first block of LIST is a starter block, outside of the window, or none of
 * this heap.
 * Returns the rest of the list.
 */
static MA_NOINLINE struct ma_block *
return_other(struct ma_heap *heap, struct ma_block *list)
{
	uintptr_t a = (uintptr_t)list;
	uint32_t word = ma_pagemap_word(a);
	struct ma_span *span = ma_pagemap_head(word, a);

	if (ma_word_owner(word) != heap->number)
		die_of_listed(heap, list);
	if (ma_word_bin(word) != MA_STARTER_BIN) {
		list = return_run(heap, span, list);
		settle_span(heap, span);
		return list;
	}
	if (!ma_block_is_intact(list, heap->secret))
		ma_heap_die_overwritten(list, "free");
	struct ma_block *rest = ma_block_next(list);
	ma_starter_park(heap, list);
	return rest;
}

/*
 * Lists of blocks freed in any order: a lookup for each, so a short one, and
 * without a branch that the order would make hard to foretell.
 */
void
ma_heap_return_locked(struct ma_heap *heap, struct ma_block *list)
{
	const struct ma_window window = heap->window;

	while (list != MA_BLOCK_END) {
		uintptr_t slice =
			((uintptr_t)list - window.base) >> MA_SLICE_SHIFT;
		struct ma_span *span;
		uint32_t word;

		if (MA_UNLIKELY(slice >= window.slices)) {
			list = return_other(heap, list);
			continue;
		}
		word = ma_pagemap_window_word(&window, slice);
		/* A starter block, or none of this heap. */
		if (MA_UNLIKELY(((word ^ heap->identity) & MA_WORD_NO_POSITION)
		                >= MA_STARTER_BIN)) {
			list = return_other(heap, list);
			continue;
		}
		span = ma_pagemap_window_record(&window, slice -
		                                ma_word_position(word));
		list = return_run(heap, span, list);
		if (MA_UNLIKELY(span->place != MA_PLACE_PARTIAL) ||
		    MA_UNLIKELY(span->out == 0))
			settle_span(heap, span);
	}
}

void
ma_heap_release_empty(struct ma_heap *heap)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_span *span = heap->lists[c].fresh, *next;

		if (heap->lists[c].empty != NULL)
			release_span(heap, heap->lists[c].empty);
		for (; span != NULL; span = next) {
			next = span->right;
			if (span->out == 0)
				release_span(heap, span);
		}
	}
}
