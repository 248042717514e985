/* SPDX-License-Identifier: MIT */
/*
 * arena_reserve.c - slices kept back for who must go on without memory.
 *
 * A program that was refused memory may need some to say so, to save its work,
 * or to find what it can free.  So once the heap has grown beyond 1 MiB, 2 MiB
 * of addresses are set aside, clean, so that they cost no memory.  A call that
 * is refused opens them: from then on, what cannot be had otherwise for blocks
 * of up to 64 KiB is cut from them, until as much is free again.
 *
 * To others the reserve is a large block that nobody asked for.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "os.h"
#include "pagemap.h"

#define LEAST_HEAP ((size_t)1 << 20)
/* Where addresses are so scarce, none are set aside. */
#define LEAST_LIMIT ((size_t)64 << 20)
/* For 64 KiB, in the hardened build with a canary and a guard behind. */
#define LARGE_SLICES ((((size_t)64 << 10) >> MA_SLICE_SHIFT) + MA_HARDENED)

bool
ma_arena_wants_reserve(void)
{
	return ma_arena.reserve == NULL && !ma_arena.without_reserve &&
		ma_arena.from_break + ma_arena.from_map >= LEAST_HEAP;
}

/* Slices of SPAN, the reserve, from NSLICES on are free, and as DIRT tells. */
static void
cut_off(struct ma_span *span, size_t nslices, uint32_t dirt)
{
	uintptr_t base = span->base + ((uintptr_t)nslices << MA_SLICE_SHIFT);
	size_t rest = span->slices - nslices;

	if (nslices == 0) {
		ma_arena.reserve = NULL;
		ma_span_close(span);
	} else {
		span->slices = (uint32_t)nslices;
		ma_pagemap_record(base)->edge = 0;
	}
	ma_pagemap_fill(base, rest, MA_WORD_FREE | dirt, 0);
	if (MA_HARDENED)
		ma_arena_leave_guard(base, rest, span->guard);
	span->guard = MA_GUARD_NONE;
	ma_arena_insert_free(base, rest, dirt != 0 ? rest : 0);
}

/* Let go of what memory SPAN has; false if it has some still. */
static bool
clean(struct ma_span *span)
{
	size_t page = ma_os_page_size();

	if (span->out != 0) {
		uintptr_t end = ma_span_end(span);
		uintptr_t first = ma_align_up(span->base, page);
		uintptr_t last = ma_align_down(end, page);

		if (!ma_os_purge(first, last - first))
			return false;
		/* Pages that are longer than slices it may share. */
		memset((void *)span->base, 0, first - span->base);
		memset((void *)last, 0, end - last);
	}
	span->out = 0;
	ma_arena_end_huge_pages(span->base, ma_span_bytes(span));
	/* All memory may be locked: then each address has its page. */
	return ma_os_resident(span->base + ma_span_bytes(span) / 2, page) !=
		page;
}

void
ma_arena_set_reserve(void)
{
	struct ma_span *span;
	size_t limit;

	if (!ma_arena_wants_reserve())
		return;
	limit = ma_os_address_limit();
	ma_arena.without_reserve = limit < LEAST_LIMIT;
	if (ma_arena.without_reserve)
		return;
	span = ma_arena_cut_large(MA_RESERVE_SLICES);
	if (span == NULL)
		return;
	ma_arena.reserve = span;
	span->carved = 0;
	if (!clean(span)) {
		ma_arena.without_reserve = true;
		cut_off(span, 0, span->out != 0 ? MA_WORD_DIRTY : 0);
	} else if (MA_HARDENED && !ma_arena_guard_reserve(span)) {
		ma_arena.without_reserve = true;
		ma_arena.reserve = NULL;
	}
}

void
ma_arena_open_reserve(void)
{
	ma_lock_take(&ma_arena.lock);
	ma_arena.reserve_is_open = !ma_arena.without_reserve;
	ma_lock_release(&ma_arena.lock);
}

bool
ma_arena_serve_reserve(size_t nslices, bool small)
{
	struct ma_span *span = ma_arena.reserve;

	if (!ma_arena.reserve_is_open || span == NULL ||
	    nslices > (small ? MA_SPAN_SLICES_MAX : LARGE_SLICES))
		return false;
	cut_off(span, span->slices > nslices ? span->slices - nslices : 0, 0);
	return true;
}

static bool
is_whole(void)
{
	return ma_arena.reserve != NULL &&
		ma_arena.reserve->slices == MA_RESERVE_SLICES;
}

void
ma_arena_close_reserve(void)
{
	const struct ma_span *longest;

	if (ma_arena.free < MA_RESERVE_SLICES)
		return;
	if (!is_whole()) {
		longest = ma_spanbin_longest(&ma_arena.bins);
		if (longest == NULL || longest->slices < MA_RESERVE_SLICES)
			return;
		ma_arena_drop_reserve();
		ma_arena_set_reserve();
	}
	ma_arena.reserve_is_open = !is_whole() && !ma_arena.without_reserve;
}

void
ma_arena_drop_reserve(void)
{
	if (ma_arena.reserve != NULL)
		cut_off(ma_arena.reserve, 0, 0);
}
