/* SPDX-License-Identifier: MIT */
/*
 * arena_free.c - the free spans: found, cut, and joined with their neighbours.
 *
 * Each has the record of its first slice, which is in the bins, and if it is
 * longer one of its last, so that what lies above finds it.
 */
#include "base.h"

#include "arena.h"
#include "pagemap.h"

/* Make SPAN's record that of a free span, and that of its end. */
static void
record_free(struct ma_span *span, size_t nslices, size_t ndirty)
{
	struct ma_span *last;

	ma_span_close(span);
	span->place = MA_PLACE_NONE;
	span->owner = 0;
	span->slices = (uint32_t)nslices;
	span->out = (uint32_t)ndirty;
	ma_span_open(span, MA_SPAN_FREE);
	if (nslices > 1) {
		last = ma_pagemap_record(ma_span_end(span) - MA_SLICE_SIZE);
		last->kind = MA_SPAN_END;
		last->slices = (uint32_t)nslices;
	}
}

/* The free span that ends at END; NULL if there is none. */
static struct ma_span *
free_below(uintptr_t end)
{
	struct ma_span *last;

	if (ma_word_what(ma_pagemap_word(end - MA_SLICE_SIZE)) != MA_WORD_FREE)
		return NULL;
	last = ma_pagemap_record(end - MA_SLICE_SIZE);
	if (last->kind == MA_SPAN_END)
		return ma_pagemap_record(
			end - ((uintptr_t)last->slices << MA_SLICE_SHIFT));
	return last;
}

struct ma_span *
ma_arena_free_above(uintptr_t end)
{
	struct ma_span *span;

	if (ma_word_what(ma_pagemap_word(end)) != MA_WORD_FREE)
		return NULL;
	span = ma_pagemap_record(end);
	return span->edge ? NULL : span;
}

void
ma_arena_remove_free(struct ma_span *span)
{
	ma_assert(span->kind == MA_SPAN_FREE);
	ma_spanbin_remove(&ma_arena.bins, span);
	ma_arena.free -= span->slices;
	ma_arena.dirty -= span->out;
}

void
ma_arena_insert_free(uintptr_t base, size_t nslices, size_t ndirty)
{
	struct ma_span *span = ma_pagemap_record(base);
	struct ma_span *below = span->edge ? NULL : free_below(base);
	struct ma_span *above = ma_arena_free_above(
		base + ((uintptr_t)nslices << MA_SLICE_SHIFT));

	if (above != NULL) {
		ma_arena_remove_free(above);
		nslices += above->slices;
		ndirty += above->out;
		above->kind = MA_SPAN_NONE;
	}
	if (below != NULL) {
		ma_arena_remove_free(below);
		span->kind = MA_SPAN_NONE;
		/* The end of a span of several slices is inside now. */
		ma_pagemap_record(base - MA_SLICE_SIZE)->kind = MA_SPAN_NONE;
		nslices += below->slices;
		ndirty += below->out;
		span = below;
	}
	span->base = below != NULL ? below->base : base;
	record_free(span, nslices, ndirty);
	ma_spanbin_put(&ma_arena.bins, span);
	ma_arena.free += nslices;
	ma_arena.dirty += ndirty;
}

struct ma_span *
ma_arena_top(void)
{
	return ma_arena.break_end == 0 ? NULL :
		free_below(ma_arena.break_end);
}

void
ma_arena_cut_free(struct ma_span *span, size_t nslices)
{
	size_t rest = span->slices - nslices;
	size_t ndirty = ma_pagemap_count_dirty(span->base, nslices);

	if (rest == 0) {
		ma_arena_note_low();
		return;
	}

	uintptr_t base = span->base + ((uintptr_t)nslices << MA_SLICE_SHIFT);
	struct ma_span *upper = ma_pagemap_record(base);

	upper->base = base;
	upper->edge = 0;
	record_free(upper, rest, span->out - ndirty);
	ma_spanbin_put(&ma_arena.bins, upper);
	ma_arena.free += rest;
	ma_arena.dirty += upper->out;
	record_free(span, nslices, ndirty);
	ma_arena_note_low();
}

/* The longest free span, out of the bins, if it has NSLICES; else NULL. */
static struct ma_span *
take_longest(size_t nslices)
{
	struct ma_span *span = ma_spanbin_longest(&ma_arena.bins);

	if (span == NULL || span->slices < nslices)
		return NULL;
	ma_spanbin_remove(&ma_arena.bins, span);
	return span;
}

struct ma_span *
ma_arena_take_free(size_t nslices, bool grows)
{
	struct ma_span *span = grows ? take_longest(nslices) : NULL;

	if (span == NULL)
		span = ma_spanbin_take(&ma_arena.bins, nslices);
	if (span != NULL) {
		ma_arena.free -= span->slices;
		ma_arena.dirty -= span->out;
	}
	return span;
}
