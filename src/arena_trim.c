/* SPDX-License-Identifier: MIT */
/*
 * arena_trim.c - back to the system: purging pages, lowering the break.
 */
#include "base.h"

#include "arena.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"

/* Of what lay idle for a tick, this part is purged; ticks in a decay time. */
#define DECAY_PART 2
#define DECAY_TICKS 4
/* What is idle may make more than was ever in use by this part. */
#define BOUND_PART 8
/* Slices, before a fork: fewer are not worth a call, more take too long. */
#define FORK_LEAST 16
#define FORK_MOST 2048

/* The end of the run of dirty (or clean) slices of SPAN from ADDRESS on. */
static uintptr_t
run_end(uintptr_t address, uintptr_t end, uint32_t dirt)
{
	while (address < end &&
	       (ma_pagemap_word(address) & MA_WORD_DIRTY) == dirt)
		address += MA_SLICE_SIZE;
	return address;
}

/* LIMIT slices from FROM on, but no part of a huge page alone, up to TO. */
static uintptr_t
limited(uintptr_t from, uintptr_t to, size_t limit)
{
	uintptr_t end = from + (limit << MA_SLICE_SHIFT);

	if (ma_arena_has_huge_page(end))
		end = ma_align_up(end, MA_OS_HUGE_PAGE);
	return end < to ? end : to;
}

/*
 * Purge up to LIMIT dirty slices of a free SPAN, or what huge pages make of
 * that; returns how many.
 */
static size_t
purge_span(struct ma_span *span, size_t limit)
{
	uintptr_t end = ma_span_end(span);
	size_t done = 0;

	for (uintptr_t a = span->base; done < limit && span->out != 0;) {
		uintptr_t from = run_end(a, end, 0);
		uintptr_t to = run_end(from, end, MA_WORD_DIRTY);

		if (from == to)
			break;
		if ((to - from) >> MA_SLICE_SHIFT > limit - done)
			to = limited(from, to, limit - done);
		a = to;
		/* Pages may be longer than slices: only whole ones go. */
		from = ma_align_up(from, ma_os_page_size());
		to = ma_align_down(to, ma_os_page_size());
		if (from >= to)
			continue;
		/* Locked memory: its pages stay, and stay dirty. */
		if (!ma_os_purge(from, to - from))
			continue;
		ma_arena_end_huge_pages(from, to - from);
		size_t n = (to - from) >> MA_SLICE_SHIFT;
		ma_pagemap_fill(from, n, MA_WORD_FREE, MA_WORD_GUARDED);
		span->out -= (uint32_t)n;
		ma_arena.dirty -= n;
		done += n;
	}
	return done;
}

size_t
ma_arena_purge(size_t limit)
{
	struct ma_span *span = ma_spanbin_longest(&ma_arena.bins);
	size_t done = 0;

	while (span != NULL && done < limit && ma_arena.dirty != 0) {
		if (span->out != 0)
			done += purge_span(span, limit - done);
		span = ma_spanbin_next_shorter(&ma_arena.bins, span);
	}
	ma_arena.purged += done << MA_SLICE_SHIFT;
	ma_arena_note_low();
	return done;
}

void
ma_arena_note_used(bool clean)
{
	struct ma_arena *a = &ma_arena;
	size_t used = ((a->from_break + a->from_map) >> MA_SLICE_SHIFT) -
		a->free, bound;

	if (used > a->used_peak)
		a->used_peak = used;
	bound = a->used_peak + a->used_peak / BOUND_PART;
	if (clean && used + a->dirty > bound)
		ma_arena_purge(used + a->dirty - bound);
}

/* Milliseconds from the last tick to NOW. */
static uint32_t
since_tick(uint32_t now)
{
	return now - __atomic_load_n(&ma_arena.last_tick, __ATOMIC_RELAXED);
}

/*
 * What was dirty and free through a whole tick is not in the working set.
 */
void
ma_arena_decay(void)
{
	uint32_t now;
	bool idle;

	if (ma_arena.dirty == 0)
		return;
	now = (uint32_t)ma_os_milliseconds();
	if (since_tick(now) < ma_options.decay / DECAY_TICKS)
		return;
	/* After a pause of the whole decay time, all of it goes. */
	idle = since_tick(now) >= ma_options.decay;
	__atomic_store_n(&ma_arena.last_tick, now, __ATOMIC_RELAXED);
	if (ma_options.decay == 0)
		ma_arena_purge(SIZE_MAX);
	else if (ma_arena.dirty_low != 0)
		ma_arena_purge(idle ? ma_arena.dirty_low :
		               ma_arena.dirty_low / DECAY_PART + 1);
	ma_arena.dirty_low = ma_arena.dirty;
}

uint32_t
ma_arena_tick(void)
{
	uint32_t now = (uint32_t)ma_os_milliseconds();

	if (since_tick(now) < ma_options.decay / DECAY_TICKS)
		return __atomic_load_n(&ma_arena.last_tick, __ATOMIC_RELAXED);
	ma_lock_take(&ma_arena.lock);
	ma_arena_decay();
	/* Where nothing is dirty, look again after a tick and not at once. */
	if (ma_arena.dirty == 0)
		__atomic_store_n(&ma_arena.last_tick, now, __ATOMIC_RELAXED);
	ma_lock_release(&ma_arena.lock);
	return now;
}

void
ma_arena_purge_before_fork(void)
{
	if (ma_arena.dirty >= FORK_LEAST)
		ma_arena_purge(FORK_MOST);
}

bool
ma_arena_lower(size_t pad)
{
	struct ma_span *top = ma_arena_top();
	size_t keep = pad > MA_SIZE_LIMIT ? MA_SIZE_LIMIT : ma_slices_for(pad);
	uintptr_t base, end = ma_arena.break_end;
	size_t ndirty;
	bool lowered;

	if (top == NULL || top->slices <= keep ||
	    (MA_HARDENED && !ma_arena_open(top->base, top->slices)))
		return false;
	base = top->base;
	ndirty = top->out;
	ma_arena_remove_free(top);
	top->kind = MA_SPAN_NONE;

	uintptr_t cut = base + ((uintptr_t)keep << MA_SLICE_SHIFT);
	size_t n = (end - cut) >> MA_SLICE_SHIFT;
	size_t lost = ma_pagemap_count_dirty(cut, n);

	ma_pagemap_fill(cut, n, MA_WORD_FOREIGN, 0);
	lowered = !ma_arena_walked() && ma_os_break_lower(end, end - cut);
	if (lowered) {
		ma_arena_forget_huge_pages(cut, end - cut);
		ma_arena.break_end = cut;
		ma_arena.from_break -= end - cut;
		ma_arena.purged += lost << MA_SLICE_SHIFT;
		if (keep != 0)
			ma_arena_insert_free(base, keep, ndirty - lost);
	} else {
		/* All of it is free as before; what was cut may be dirty. */
		ma_pagemap_fill(cut, n, MA_WORD_FREE | MA_WORD_DIRTY, 0);
		ma_arena_insert_free(base, (end - base) >> MA_SLICE_SHIFT,
		                     ndirty - lost + n);
	}
	return lowered;
}

bool
ma_arena_trim(size_t pad)
{
	bool any;

	ma_lock_take(&ma_arena.lock);
	/* It may lie at the top. */
	ma_arena_drop_reserve();
	any = ma_arena_lower(pad);
	any |= ma_arena_purge(SIZE_MAX) != 0;
	ma_arena_set_reserve();
	ma_lock_release(&ma_arena.lock);
	return any;
}
