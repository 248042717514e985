/* SPDX-License-Identifier: MIT */
/*
 * arena_thp.c - where the arena asks for huge pages.
 *
 * A huge page is zeroed, and resident, as a whole from its first touch: so it
 * is asked for where all of it will be used.  That is where a program fills
 * its large blocks (large.c), and where small blocks have grown to fill many
 * such pages and go on into slices that are clean.  What is purged loses its
 * huge pages: else the system would put back what was taken out of them.
 *
 * Each border between memory with and without them is one between two of the
 * process's mappings, which are not without number: so borders are counted.
 */
#include "base.h"

#include "arena.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"

#define PAGE_SLICES (MA_OS_HUGE_PAGE >> MA_SLICE_SHIFT)
/* They fill the last page at least so far before there is a next one. */
#define FILLED_SLICES (PAGE_SLICES / 4 * 3)
/* No page is asked for where there are more borders. */
#define MOST_BORDERS 1024

bool
ma_arena_has_huge_page(uintptr_t address)
{
	const struct ma_span *record = ma_pagemap_record(
		ma_align_down(address, MA_OS_HUGE_PAGE));

	return record != NULL &&
		__atomic_load_n(&record->huge_page, __ATOMIC_RELAXED) != 0;
}

/* Note it for one PAGE; false if there is nothing new in it. */
static bool
note_page(uintptr_t page, bool huge)
{
	struct ma_span *record = ma_pagemap_record(page);
	bool below, above;

	if (record == NULL || record->huge_page == huge)
		return false;
	below = ma_arena_has_huge_page(page - MA_OS_HUGE_PAGE);
	above = ma_arena_has_huge_page(page + MA_OS_HUGE_PAGE);
	/* Two more, two fewer, or one moved. */
	if (below == above)
		ma_arena.huge_borders += below == huge ? -2u : 2u;
	/* Read without the lock by large.c. */
	__atomic_store_n(&record->huge_page, huge, __ATOMIC_RELAXED);
	return true;
}

/* Tell the system of the runs of pages from FROM to TO that change. */
static void
change_pages(uintptr_t from, uintptr_t to, bool huge)
{
	uintptr_t start = from, page = from;

	for (; page < to; page += MA_OS_HUGE_PAGE) {
		if (note_page(page, huge))
			continue;
		if (start < page)
			ma_os_use_huge_pages(start, page - start, huge);
		start = page + MA_OS_HUGE_PAGE;
	}
	if (start < page)
		ma_os_use_huge_pages(start, page - start, huge);
}

static void
ask(uintptr_t from, uintptr_t to)
{
	if (ma_options.thp && ma_arena.huge_borders <= MOST_BORDERS)
		change_pages(from, to, true);
}

bool
ma_arena_ask_huge_pages(const struct ma_span *span)
{
	uintptr_t from = ma_align_up(span->base, MA_OS_HUGE_PAGE);
	uintptr_t to = ma_align_down(ma_span_end(span), MA_OS_HUGE_PAGE);

	if (from >= to)
		return false;
	ma_lock_take(&ma_arena.lock);
	ask(from, to);
	ma_lock_release(&ma_arena.lock);
	return true;
}

void
ma_arena_end_huge_pages(uintptr_t start, size_t nbytes)
{
	if (ma_arena.huge_borders != 0)
		change_pages(ma_align_down(start, MA_OS_HUGE_PAGE),
		             start + nbytes, false);
}

void
ma_arena_forget_huge_pages(uintptr_t start, size_t nbytes)
{
	uintptr_t page = ma_align_down(start, MA_OS_HUGE_PAGE);

	for (; page < start + nbytes; page += MA_OS_HUGE_PAGE)
		note_page(page, false);
}

bool
ma_arena_wants_huge_pages(void)
{
	return ma_options.thp &&
		ma_arena.small >= ma_options.thp_from >> MA_SLICE_SHIFT;
}

void
ma_arena_note_fresh(const struct ma_span *span, const struct ma_span *above)
{
	uintptr_t end = ma_span_end(span);
	uintptr_t page = ma_align_up(span->base, MA_OS_HUGE_PAGE);
	uintptr_t page_end = page + MA_OS_HUGE_PAGE;

	ma_arena.fresh += span->slices;
	if (page >= end || ma_arena.fresh < FILLED_SLICES ||
	    !ma_arena_wants_huge_pages() || above == NULL ||
	    ma_span_end(above) < page_end ||
	    ma_pagemap_count_dirty(end, (page_end - end) >> MA_SLICE_SHIFT))
		return;
	ma_arena.fresh = 0;
	ask(page, page_end);
}
