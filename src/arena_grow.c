/* SPDX-License-Identifier: MIT */
/*
 * arena_grow.c - more address space from the system.
 *
 * The break is raised in steps of 256 KiB and an eighth of the heap, halved
 * where that is refused, down to what is needed; where even that is refused
 * a mapping plays the break's part.  Others may move the break too: one
 * result of sbrk is taken at a time, and a range that does not continue the
 * last one is a new range.
 */
#include "base.h"

#include "arena.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"

#define STEP_SLICES (((size_t)256 << 10) >> MA_SLICE_SHIFT)

/* How much to ask for beyond need, so that growth is rare. */
static size_t
usual_step(void)
{
	size_t heap = ma_arena.from_break + ma_arena.from_map;

	return STEP_SLICES + ma_slices_for(heap / 8) +
		ma_slices_for(ma_options.top_pad) +
		(ma_arena_wants_reserve() ? MA_RESERVE_SLICES : 0);
}

/* New slices, covered by the page map, all dirty or all clean. */
static void
add_slices(uintptr_t base, size_t nslices, bool edge, uint32_t dirt)
{
	ma_pagemap_record(base)->edge = edge;
	ma_pagemap_fill(base, nslices, MA_WORD_FREE | dirt, 0);
	ma_arena_insert_free(base, nslices, dirt != 0 ? nslices : 0);
}

/* The break ends at END; what it had BASE and more of before is not new. */
static void
note_new(uintptr_t base, uintptr_t end)
{
	struct ma_arena *a = &ma_arena;

	if (base < a->break_highest)
		base = a->break_highest;
	if (base >= end)
		return;
	if (base != a->new_to)
		a->new_from = base;
	a->new_to = a->break_highest = end;
}

/*
 * The break has moved up by NBYTES from FROM: take what whole slices that
 * gives; false if it gives none, or there is no memory for their records.
 */
static bool
add_break(uintptr_t from, size_t nbytes)
{
	uintptr_t base = ma_align_up(from, MA_SLICE_SIZE);
	uintptr_t end = ma_align_down(from + nbytes, MA_SLICE_SIZE);
	/* Behind the page that FROM cuts, which may be longer than a slice. */
	uintptr_t zero = ma_align_up(from, ma_os_page_size());
	bool follows = base == ma_arena.break_end;

	if (end <= base ||
	    !ma_pagemap_cover(base, (end - base) >> MA_SLICE_SHIFT)) {
		ma_os_break_lower(from + nbytes, nbytes);
		return false;
	}
	ma_arena.break_end = end;
	ma_arena.from_break += end - base;
	ma_arena_note_peak();
	zero = zero < base ? base : zero < end ? zero : end;
	note_new(base, end);
	if (zero > base)
		add_slices(base, (zero - base) >> MA_SLICE_SHIFT, !follows,
		           MA_WORD_DIRTY);
	if (zero < end)
		add_slices(zero, (end - zero) >> MA_SLICE_SHIFT,
		           !follows && zero == base, 0);
	return true;
}

bool
ma_arena_add_free_map(uintptr_t start, size_t nslices, uint32_t dirt)
{
	if (!ma_pagemap_cover(start, nslices))
		return false;
	ma_arena.from_map += nslices << MA_SLICE_SHIFT;
	ma_arena_note_peak();
	add_slices(start, nslices, start == ma_arena.break_end, dirt);
	return true;
}

static bool
map_slices(size_t nslices)
{
	size_t below = ma_arena_room_below(MA_SLICE_SIZE);
	size_t nbytes = below + (nslices << MA_SLICE_SHIFT);
	size_t page = ma_os_guard_bytes();
	uintptr_t start = ma_os_map(nbytes, MA_SLICE_SIZE);

	if (start == 0)
		return false;
	if (!ma_arena_add_free_map(start + below, nslices, 0)) {
		ma_os_unmap(start, nbytes);
		return false;
	}
	/* It stays, as the mapping does. */
	if (below != 0)
		ma_os_guard(start + below - page, page);
	return true;
}

static bool
grow_mapped(size_t nslices)
{
	if (ma_options.os == MA_OS_BRK)
		return false;
	for (size_t step = usual_step(); step > 0; step /= 2)
		if (map_slices(nslices + step))
			return true;
	return map_slices(nslices) || ma_arena_add_kept(nslices);
}

/*
 * How many bytes of the break NSLICES in one piece need: the free span at its
 * top counts, if the break is still where it was left; else they start at the
 * next slice.  0 if the break cannot serve.
 */
static size_t
break_need(size_t nslices, bool at_top)
{
	uintptr_t now = ma_os_break_current();
	struct ma_span *top = ma_arena_top();

	if (ma_options.os == MA_OS_MAP || now == 0)
		return 0;
	if (now == ma_arena.break_end)
		return (nslices - (top != NULL ? top->slices : 0)) <<
			MA_SLICE_SHIFT;
	return at_top ? 0 : (nslices << MA_SLICE_SHIFT) +
		ma_align_up(now, MA_SLICE_SIZE) - now;
}

/* So much more that the break ends with a huge page, if one is wanted. */
static size_t
whole_pages(size_t nbytes)
{
	uintptr_t end = ma_arena.break_end;

	if (!ma_arena_wants_huge_pages())
		return nbytes;
	return ma_align_up(end + nbytes, MA_OS_HUGE_PAGE) - end;
}

static bool
grow(size_t nslices, bool at_top)
{
	size_t most = (MA_SIZE_LIMIT >> MA_SLICE_SHIFT) / 2;
	size_t step = usual_step();
	uintptr_t from;
	size_t need;

	if (nslices > most)
		return false;
	if (step > most - nslices)
		step = most - nslices;
	/* What is added will be touched: let go of as much that lies idle.
	   A block that grows in place leaves nothing idle behind. */
	if (!at_top)
		ma_arena_purge(nslices + step);
	need = break_need(nslices, at_top);
	for (; need != 0; step /= 2) {
		size_t nbytes = need + (step << MA_SLICE_SHIFT);

		if (step != 0)
			nbytes = whole_pages(nbytes);
		if (ma_os_break_extend(nbytes, &from) &&
		    add_break(from, nbytes))
			return true;
		if (step == 0)
			break;
	}
	return !at_top && grow_mapped(nslices);
}

bool
ma_arena_grow(size_t nslices, bool at_top)
{
	if (!grow(nslices, at_top))
		return false;
	/* Not of what was grown for. */
	if (!at_top && ma_arena_wants_reserve() && ma_arena.free >=
	    nslices + MA_RESERVE_SLICES)
		ma_arena_set_reserve();
	return true;
}
