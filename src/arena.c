/* SPDX-License-Identifier: MIT */
/*
 * arena.c - taking and giving spans.
 *
 * A span is taken from the shortest free span that is long enough, and from
 * its low end; what is given back is joined with its free neighbours at
 * once.  So the free spans are as long as they can be, and the low addresses
 * fill first.
 */
#include "base.h"

#include "arena.h"
#include "block.h"
#include "count.h"
#include "option.h"
#include "pagemap.h"
#include "sizeclass.h"

struct ma_arena ma_arena = { .lock = MA_LOCK_INIT(MA_RANK_ARENA) };

/* Blocks of so many slices are what makes purging worth a call. */
#define BOUND_SLICES (((size_t)1 << 20) >> MA_SLICE_SHIFT)

/* How many of the walkers are this thread's (handlers may walk too). */
static MA_THREAD_LOCAL uint32_t my_walks;

void
ma_arena_note_peak(void)
{
	size_t heap = ma_arena.from_break + ma_arena.from_map;

	if (heap > ma_arena.peak)
		ma_arena.peak = heap;
}

void
ma_arena_note_low(void)
{
	if (ma_arena.dirty < ma_arena.dirty_low)
		ma_arena.dirty_low = ma_arena.dirty;
}

void
ma_arena_clear_record(struct ma_span *span)
{
	ma_span_close(span);
	span->left = NULL;
	span->right = NULL;
	span->free = MA_BLOCK_END;
	span->out = 0;
	span->carved = 0;
	span->capacity = 0;
	span->owner = 0;
	span->bin = 0;
	span->place = MA_PLACE_NONE;
	span->zeroed = 0;
	span->is_new = 0;
}

void
ma_arena_open_large(struct ma_span *span, uint32_t kept)
{
	ma_span_open(span, MA_SPAN_LARGE);
	ma_pagemap_fill(span->base, span->slices, MA_WORD_TAIL, kept);
	ma_pagemap_fill(span->base, 1, MA_WORD_LARGE, kept);
}

/* Hardened: SPAN is to be used; was its memory never before? */
static bool
take_new(const struct ma_span *span)
{
	uintptr_t end = ma_span_end(span);
	bool is_new = span->base >= ma_arena.new_from &&
		end <= ma_arena.new_to;

	/* What is left below counts as used. */
	if (end > ma_arena.new_from && end <= ma_arena.new_to)
		ma_arena.new_from = end;
	return is_new;
}

/* A free span of NSLICES for small blocks, however it can be had. */
static struct ma_span *
cut_small(size_t nslices)
{
	struct ma_span *span;

	do {
		do
			span = ma_arena_take_free(nslices, false);
		while (span == NULL && (ma_arena_grow(nslices, false) ||
		       ma_arena_serve_reserve(nslices, true)));
		if (span == NULL)
			return NULL;
		ma_arena_cut_free(span, nslices);
	} while (MA_HARDENED && !ma_arena_open_span(span));
	if (span->out == 0)
		ma_arena_note_fresh(span,
		                    ma_arena_free_above(ma_span_end(span)));
	return span;
}

struct ma_span *
ma_arena_take(size_t nslices, uint32_t owner, unsigned bin,
              enum ma_span_kind kind)
{
	struct ma_span *span;
	bool zeroed = false, is_new = false;

	ma_count(MA_COUNT_SPANS);
	ma_lock_take(&ma_arena.lock);
	span = MA_HARDENED ? ma_arena_take_spare(nslices) : NULL;
	if (span != NULL) {
		zeroed = span->zeroed;
	} else {
		span = cut_small(nslices);
		zeroed = span != NULL && span->out == 0;
		is_new = MA_HARDENED && span != NULL && take_new(span);
	}
	if (span != NULL) {
		ma_arena.small += nslices;
		ma_arena_clear_record(span);
		span->zeroed = zeroed;
		span->is_new = is_new;
		span->owner = owner;
		span->bin = (uint8_t)bin;
		if (kind == MA_SPAN_SMALL)
			span->capacity = ma_arena_capacity(nslices, bin);
		else
			span->runs = NULL;
		ma_span_open(span, kind);
		ma_pagemap_set_owner(span, owner, bin);
		ma_arena_note_used(false);
	}
	ma_lock_release(&ma_arena.lock);
	if (MA_HARDENED && span != NULL && span->guard == MA_GUARD_NONE) {
		size_t page = ma_os_guard_bytes();

		span->guard = ma_os_guard(ma_span_end(span) - page, page);
	}
	return span;
}

/*
 * The first NSLICES of SPAN, which was taken out of the bins, are a block;
 * false if they cannot be.
 */
static bool
make_large(struct ma_span *span, size_t nslices)
{
	uint32_t ndirty;
	bool is_new;

	ma_arena_cut_free(span, nslices);
	if (MA_HARDENED && !ma_arena_open_span(span))
		return false;
	ndirty = span->out;
	is_new = MA_HARDENED && take_new(span);
	ma_arena_clear_record(span);
	span->is_new = is_new;
	span->out = ndirty;
	span->carved = (uint32_t)nslices;
	ma_arena_open_large(span, MA_WORD_DIRTY);
	return true;
}

struct ma_span *
ma_arena_cut_large(size_t nslices)
{
	struct ma_span *span = ma_arena_take_free(nslices, false);

	return span != NULL && make_large(span, nslices) ? span : NULL;
}

struct ma_span *
ma_arena_take_large(size_t nslices, size_t alignment, bool grows)
{
	size_t spare = (alignment <= MA_SLICE_SIZE) ? 0 :
		(alignment >> MA_SLICE_SHIFT) - 1;
	struct ma_span *span;

	if (nslices + spare > UINT32_MAX)
		return NULL;
	ma_lock_take(&ma_arena.lock);
	span = MA_HARDENED && spare == 0 && !grows ?
		ma_arena_take_spare_large(nslices) : NULL;
	if (span != NULL) {
		ma_lock_release(&ma_arena.lock);
		return span;
	}
	do
		span = ma_arena_take_free(nslices + spare, grows);
	while (span == NULL && (ma_arena_grow(nslices + spare, false) ||
	                        ma_arena_serve_reserve(
	                        nslices + spare, false)));
	if (span != NULL && spare != 0) {
		uintptr_t base = ma_align_up(span->base, alignment);
		size_t front = (base - span->base) >> MA_SLICE_SHIFT;

		if (front != 0) {
			struct ma_span *low = span;

			/* The upper part is in the bins after the cut. */
			ma_arena_cut_free(low, front);
			span = ma_pagemap_record(base);
			ma_arena_remove_free(span);
			ma_spanbin_put(&ma_arena.bins, low);
			ma_arena.free += low->slices;
			ma_arena.dirty += low->out;
		}
	}
	if (span != NULL && !make_large(span, nslices))
		span = NULL;
	if (span != NULL) {
		ma_arena_note_used(nslices >= BOUND_SLICES &&
		                   span->out != nslices);
	}
	ma_lock_release(&ma_arena.lock);
	return span;
}

/*
 * Slices that were in use, those of SPAN if it is not NULL, become free; DIRT
 * is 0 or MA_WORD_DIRTY.
 */
static void
free_slices(uintptr_t base, size_t nslices, uint32_t dirt,
            const struct ma_span *span)
{
	ma_pagemap_fill(base, nslices, MA_WORD_FREE | dirt, 0);
	if (MA_HARDENED && span != NULL)
		ma_arena_leave_guard(base, nslices, span->guard);
	ma_arena_insert_free(base, nslices, dirt != 0 ? nslices : 0);
	ma_arena_decay();
	if (ma_options.trim_threshold != SIZE_MAX) {
		struct ma_span *top = ma_arena_top();

		if (top != NULL &&
		    ma_span_bytes(top) > ma_options.trim_threshold)
			ma_arena_lower(ma_options.top_pad);
	}
}

static void
give(struct ma_span *span, uint32_t dirt)
{
	ma_count(MA_COUNT_SPANS);
	ma_lock_take(&ma_arena.lock);
	if (span->kind != MA_SPAN_LARGE)
		ma_arena.small -= span->slices;
	ma_span_close(span);
	if (dirt == 0) {
		ma_arena.purged += ma_span_bytes(span);
		ma_arena_end_huge_pages(span->base, ma_span_bytes(span));
	}
	free_slices(span->base, span->slices, dirt, span);
	if (MA_UNLIKELY(ma_arena.reserve_is_open))
		ma_arena_close_reserve();
	ma_lock_release(&ma_arena.lock);
}

void
ma_arena_give(struct ma_span *span)
{
	give(span, MA_WORD_DIRTY);
}

void
ma_arena_give_clean(struct ma_span *span)
{
	give(span, 0);
}

/* Does a large SPAN, or the free span above it, end at the break? */
static bool
reaches_break(const struct ma_span *span, const struct ma_span *above)
{
	return ma_arena.break_end != 0 &&
		ma_span_end(above != NULL ? above : span) == ma_arena.break_end;
}

/*
 * Shall a block that grows to NSLICES move rather than have the break raised
 * for it?  Yes where it can go on growing elsewhere to twice its size: what it
 * copies now it has gained, and programs that let one block grow after the
 * other do not raise the break for each.
 */
static bool
has_better_place(size_t nslices)
{
	const struct ma_span *longest = ma_spanbin_longest(&ma_arena.bins);

	return longest != NULL && longest->slices / 2 >= nslices;
}

bool
ma_arena_extend(struct ma_span *span, size_t nslices)
{
	size_t more = nslices - span->slices;
	struct ma_span *above;
	bool extended = false;

	if (nslices > UINT32_MAX)
		return false;
	ma_lock_take(&ma_arena.lock);
	above = ma_arena_free_above(ma_span_end(span));
	if ((above == NULL || above->slices < more) &&
	    reaches_break(span, above) && !has_better_place(nslices)) {
		ma_arena_grow(more, true);
		above = ma_arena_free_above(ma_span_end(span));
	}
	if (above != NULL && above->slices >= more &&
	    (!MA_HARDENED || ma_arena_open(ma_span_end(span), more))) {
		ma_arena_remove_free(above);
		ma_arena_cut_free(above, more);
		above->kind = MA_SPAN_NONE;
		ma_pagemap_record(ma_span_end(above) - MA_SLICE_SIZE)->kind =
			MA_SPAN_NONE;
		ma_pagemap_fill(ma_span_end(span), more, MA_WORD_TAIL,
		                MA_WORD_DIRTY);
		span->slices = (uint32_t)nslices;
		ma_arena_note_used(false);
		extended = true;
	}
	ma_lock_release(&ma_arena.lock);
	return extended;
}

void
ma_arena_shorten(struct ma_span *span, size_t nslices)
{
	size_t rest = span->slices - nslices;
	uintptr_t base = span->base + ((uintptr_t)nslices << MA_SLICE_SHIFT);

	ma_lock_take(&ma_arena.lock);
	span->slices = (uint32_t)nslices;
	ma_pagemap_record(base)->edge = 0;
	free_slices(base, rest, MA_WORD_DIRTY, NULL);
	ma_lock_release(&ma_arena.lock);
}

/*
 * Both sides modify the counter, so one comes after the other: a walker that
 * was first is counted, one that comes later sees all that was written before
 * this call, and so nothing of what is about to go.
 */
bool
ma_arena_walked(void)
{
	return __atomic_fetch_add(&ma_arena.walkers, 0, __ATOMIC_ACQ_REL) != 0;
}

void
ma_arena_walk_begin(void)
{
	my_walks++;
	__atomic_fetch_add(&ma_arena.walkers, 1, __ATOMIC_ACQ_REL);
}

void
ma_arena_walk_end(void)
{
	__atomic_fetch_sub(&ma_arena.walkers, 1, __ATOMIC_ACQ_REL);
	my_walks--;
}

void
ma_arena_forget_walkers(void)
{
	__atomic_store_n(&ma_arena.walkers, my_walks, __ATOMIC_RELEASE);
}
