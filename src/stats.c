/* SPDX-License-Identifier: MIT */
/*
 * stats.c - the figures of the process, from records and counters.
 *
 * The spans are walked, their blocks are not: out * size tells what is live
 * or cached, and the bins tell what of that is cached.
 */
#include "base.h"

#include <errno.h>
#include <string.h>

#include <memalloc.h>

#include "arena.h"
#include "error.h"
#include "heap.h"
#include "meta.h"
#include "pagemap.h"
#include "quarantine.h"
#include "resize.h"
#include "walk.h"

static void
add_small(struct memalloc_stats *s, const struct memalloc_record *r)
{
	size_t size = ma_sizeclass[r->bin].size;
	const struct ma_span *span =
		ma_pagemap_record((uintptr_t)r->address);
	size_t carved = __atomic_load_n(&span->carved, __ATOMIC_RELAXED);

	/* Other threads may have moved on since the record was read. */
	if (carved < r->used)
		carved = r->used;
	if (carved > r->capacity)
		carved = r->capacity;
	s->live += r->used * size;
	s->live_blocks += r->used;
	s->free += (carved - r->used) * size;
	s->uncarved += (r->capacity - carved) * size;
	s->slack += r->size - r->capacity * size;
}

/* Blocks of a starter span are of many sizes: its heap knows their sum. */
static void
add_starter(struct memalloc_stats *s, const struct memalloc_record *r)
{
	const struct ma_heap *heap = ma_heap_number(r->owner);
	size_t carved = 0, units = 0;

	if (heap == NULL)
		return;
	for (size_t u = 0; u < MA_STARTER_UNITS; u++) {
		unsigned c = ma_starter_run_class(heap->runs[u]);

		if (c == MA_CLASSES)
			continue;
		units += ma_starter_run_units(c) * MA_STARTER_UNIT;
		carved += ma_starter_run_blocks(c) * ma_sizeclass[c].size;
	}
	s->live += heap->starter_out_bytes;
	s->live_blocks += r->used;
	s->free += carved - heap->starter_out_bytes;
	s->uncarved += r->size - units;
	s->slack += units - carved;
}

static int
add_span(const struct memalloc_record *r, void *arg)
{
	struct memalloc_stats *s = arg;

	s->heap += r->size;
	if (r->state == MEMALLOC_STATE_FREE) {
		s->free += r->size;
		s->free_spans++;
		return 0;
	}
	s->spans++;
	if (r->bin == MA_STARTER_BIN) {
		add_starter(s, r);
	} else if (r->bin != MEMALLOC_BIN_NONE) {
		add_small(s, r);
	} else {
		s->live += r->size;
		s->live_blocks++;
	}
	return 0;
}

/* What of the blocks out of spans is cached, in HEAP. */
MA_RACY_READ static void
move_cached(struct memalloc_stats *s, const struct ma_heap *heap)
{
	struct ma_load load = ma_heap_inbox_load(heap);
	size_t nbytes, blocks;

	if (MA_HARDENED)
		load = ma_load_plus(load, ma_quarantine_load(heap));
	nbytes = ma_load_bytes(load);
	blocks = ma_load_blocks(load);
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		int32_t n = ma_bin_count(&heap->bins, c);

		blocks += (size_t)(n < 0 ? 0 : n);
		nbytes += (size_t)(n < 0 ? 0 : n) * ma_sizeclass[c].size;
	}
	for (unsigned i = 0; i < MA_BATCHES; i++) {
		blocks += heap->batches[i].count;
		nbytes += heap->batches[i].nbytes;
	}
	/* Figures of other threads may be those of different moments. */
	nbytes = nbytes < s->live ? nbytes : s->live;
	blocks = blocks < s->live_blocks ? blocks : s->live_blocks;
	s->live -= nbytes;
	s->live_blocks -= blocks;
	s->cached += nbytes;
}

static void
collect(struct memalloc_stats *s)
{
	ma_arena_walk_begin();
	ma_walk(&ma_reader_self, false, add_span, s);
	ma_arena_walk_end();
	s->heaps = ma_heap_last_number();
	for (uint32_t n = 1; n <= s->heaps; n++)
		move_cached(s, ma_heap_number(n));
	s->metadata = ma_meta_bytes();
	s->zero_reallocs =
		__atomic_load_n(&ma_zero_reallocs, __ATOMIC_RELAXED);
	ma_lock_take(&ma_arena.lock);
	s->heap_peak = ma_arena.peak;
	s->from_break = ma_arena.from_break;
	s->from_map = ma_arena.from_map;
	s->dirty = ma_arena.dirty << MA_SLICE_SHIFT;
	s->purged = ma_arena.purged;
	ma_lock_release(&ma_arena.lock);
}

MA_EXPORT int
memalloc_stats(struct memalloc_stats *out, size_t size)
{
	struct memalloc_stats s = { 0 };

	if (out == NULL || size == 0) {
		ma_error_set(MEMALLOC_ERR_ARGUMENT);
		return EINVAL;
	}
	collect(&s);
	memset(out, 0, size);
	memcpy(out, &s, size < sizeof(s) ? size : sizeof(s));
	return 0;
}
