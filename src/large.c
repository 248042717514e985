/* SPDX-License-Identifier: MIT */
/*
 * large.c - large and huge blocks.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "large.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "sizeclass.h"

/*
 * Blocks from this size on are looked at when they are freed: were they
 * touched at all, were they filled?
 */
#define LOOK_BYTES ((size_t)1 << 20)
/*
 * A block from this size on may get huge pages, where so many like it were
 * found filled; but one in so many gets none, to see.
 */
#define FILL_BYTES MA_OS_HUGE_PAGE
#define FILLED_ENOUGH 4
#define FILLED_PROBE 16
/* Beyond this size a block has its own mapping, whatever was learned. */
#define LEARNED_MOST ((size_t)512 << 20)
/* A block that had to move to grow gets this part more addresses. */
#define GROWTH_PART 8
/* From this size on pages are moved, where they can be, and not copied. */
#define MOVE_BYTES ((size_t)256 << 10)
/* To be zeroed, this much is purged if less than this part is resident. */
#define PURGE_BYTES ((size_t)128 << 10)
#define PURGE_PART 4
/* Alignments beyond this would waste the arena's addresses. */
#define ARENA_ALIGNMENT ((size_t)16 << 20)

static uint32_t filled;	/* atomic: that many in a row were */
static uint32_t asked;	/* atomic: how often that decided */

/*
 * Does the program fill blocks of NBYTES that it asks for?  Then a page of 2
 * MiB costs it a fault instead of 512; else it would cost the memory that it
 * does not touch.
 */
static bool
is_filling(size_t nbytes)
{
	return nbytes >= FILL_BYTES && ma_options.thp &&
		__atomic_load_n(&filled, __ATOMIC_RELAXED) >= FILLED_ENOUGH &&
		__atomic_add_fetch(&asked, 1, __ATOMIC_RELAXED) %
		FILLED_PROBE != 0;
}

/*
 * Let a new SPAN have huge pages: in the arena whole ones, its own mapping in
 * one piece, else it could not grow.
 */
static void
use_huge_pages(struct ma_span *span)
{
	if (span->kind == MA_SPAN_LARGE) {
		span->huge_pages = ma_arena_ask_huge_pages(span);
	} else {
		span->huge_pages = true;
		ma_os_use_huge_pages(span->base, span->nbytes, true);
	}
}

enum touched { UNKNOWN, UNTOUCHED, PARTLY, FILLED };

/*
 * What a program did with SPAN, by a look at three of its pages.  Only pages
 * that were not there before it had the block tell, and only if they came one
 * by one.
 */
static enum touched
look(const struct ma_span *span)
{
	static const uint8_t parts[] = { 1, 32, 48 };	/* of 64 */
	size_t nbytes = ma_span_bytes(span);
	size_t page = ma_os_page_size();
	unsigned npages = 0;

	if (nbytes < LOOK_BYTES || span->huge_pages)
		return UNKNOWN;
	for (unsigned i = 0; i < sizeof(parts); i++) {
		uintptr_t a = span->base + nbytes / 64 * parts[i];

		a = ma_align_down(a, page);
		if (span->kind == MA_SPAN_LARGE &&
		    (ma_pagemap_word(a) & MA_WORD_DIRTY ||
		     ma_arena_has_huge_page(a)))
			return UNKNOWN;
		size_t resident = ma_os_resident(a, page);
		if (resident > page)
			return UNKNOWN;
		npages += resident != 0;
		if (npages == 0)
			return UNTOUCHED;
	}
	return npages == sizeof(parts) ? FILLED : PARTLY;
}

static void
note_filled(enum touched touched)
{
	if (touched == FILLED)
		__atomic_fetch_add(&filled, 1, __ATOMIC_RELAXED);
	else if (touched != UNKNOWN)
		__atomic_store_n(&filled, 0, __ATOMIC_RELAXED);
}

/*
 * The whole pages of NBYTES from the start of a slice on: behind them, in the
 * last one, nothing is kept.  But where pages are longer than slices another
 * span may begin there.
 */
static size_t
pages_of(size_t nbytes)
{
	size_t page = ma_os_page_size();

	return page <= MA_SLICE_SIZE ? ma_align_up(nbytes, page) :
		ma_align_down(nbytes, page);
}

/*
 * Zero memory of a span from the start of a slice on.  Of memory that is hardly
 * resident, as the untouched tails of former large blocks are, it costs less to
 * give back the pages that are there than to bring in all of them.
 */
static void
zero_slices(uintptr_t start, uintptr_t end)
{
	while (start < end) {
		size_t nbytes = end - start, whole;

		if (nbytes > MA_OS_RESIDENT_MAX)
			nbytes = MA_OS_RESIDENT_MAX;
		whole = pages_of(nbytes);
		if (nbytes < PURGE_BYTES ||
		    ma_os_resident(start, whole) > whole / PURGE_PART ||
		    !ma_os_purge(start, whole))
			memset((void *)start, 0, nbytes);
		else if (whole < nbytes)
			memset((void *)(start + whole), 0, nbytes - whole);
		start += nbytes;
	}
}

/* Zero what is dirty of the first NBYTES of a large span. */
static void
zero_dirty(const struct ma_span *span, size_t nbytes)
{
	uintptr_t end = span->base + nbytes, from;

	for (uintptr_t a = span->base; a < end; a += MA_SLICE_SIZE) {
		for (from = a; a < end && ma_pagemap_word(a) & MA_WORD_DIRTY;)
			a += MA_SLICE_SIZE;
		zero_slices(from, a < end ? a : end);
	}
}

static void *
alloc_large(size_t nbytes, size_t alignment, enum ma_large_use use)
{
	struct ma_span *span;

	if (alignment > ARENA_ALIGNMENT)
		return NULL;
	span = ma_arena_take_large(ma_slices_for(nbytes), alignment,
	                           use == MA_LARGE_GROWING);
	if (span == NULL)
		return NULL;
	/* Where nothing is clean, no page is to come. */
	if (span->out != span->slices && is_filling(nbytes))
		use_huge_pages(span);
	/* Hardened: its last page may be a guard already. */
	if (use == MA_LARGE_ZERO)
		zero_dirty(span, MA_HARDENED ? nbytes - ma_os_guard_bytes() :
		           nbytes);
	return (void *)span->base;
}

static void *
alloc_huge(size_t nbytes, size_t alignment)
{
	bool huge_pages = is_filling(nbytes);
	size_t least = huge_pages ? MA_OS_HUGE_PAGE : MA_SLICE_SIZE, below;
	struct ma_span *span;
	uintptr_t start;

	if (alignment < least)
		alignment = least;
	below = ma_arena_room_below(alignment);
	if (nbytes > MA_SIZE_LIMIT - MA_SLICE_SIZE - below)
		return NULL;
	nbytes = ma_slices_for(nbytes) << MA_SLICE_SHIFT;
	span = ma_arena_take_kept_huge(nbytes, alignment);
	if (span != NULL)
		return (void *)span->base;
	start = ma_os_map(below + nbytes, alignment);
	if (start == 0)
		return NULL;
	span = ma_arena_add_huge(start + below, nbytes, below);
	if (span == NULL) {
		ma_os_unmap(start, below + nbytes);
		return NULL;
	}
	if (huge_pages)
		use_huge_pages(span);
	return (void *)span->base;
}

/*
 * From which size on a block that moves to grow shall have its own mapping,
 * where it grows on without a copy, and any other that is not beyond the
 * option.  A program that frees such blocks and makes new ones again and again
 * would pay for their pages each time: the sizes are raised beyond what was
 * freed, the second one if it had been filled, and if nobody set the option.
 */
static size_t grown_threshold = (size_t)1 << 20;	/* atomic */
static size_t filled_threshold;	/* atomic */

static void
raise_threshold(size_t *threshold, size_t nbytes)
{
	if (nbytes >= __atomic_load_n(threshold, __ATOMIC_RELAXED))
		__atomic_store_n(threshold, 2 * nbytes, __ATOMIC_RELAXED);
}

/* Is a block of NBYTES to have its own mapping, if one can be had? */
static bool
prefers_mapping(size_t nbytes, size_t alignment, enum ma_large_use use)
{
	size_t learned = __atomic_load_n(use == MA_LARGE_GROWING ?
	                                 &grown_threshold : &filled_threshold,
	                                 __ATOMIC_RELAXED);
	bool is_long = use == MA_LARGE_GROWING ?
		nbytes >= ma_options.huge_threshold || nbytes >= learned :
		nbytes >= ma_options.huge_threshold && nbytes >= learned;

	return (is_long || nbytes >= LEARNED_MOST ||
	        alignment > ARENA_ALIGNMENT) &&
		ma_options.os != MA_OS_BRK &&
		__atomic_load_n(&ma_arena.huge, __ATOMIC_RELAXED) <
		ma_options.huge_max;
}

void *
ma_large_alloc(size_t nbytes, size_t alignment, enum ma_large_use use)
{
	void *p = NULL;

	if (nbytes == 0)
		nbytes = 1;
	if (prefers_mapping(nbytes, alignment, use)) {
		p = alloc_huge(nbytes, alignment);
		return p != NULL ? p : alloc_large(nbytes, alignment, use);
	}
	p = alloc_large(nbytes, alignment, use);
	if (p == NULL && ma_options.os != MA_OS_BRK)
		p = alloc_huge(nbytes, alignment);
	return p;
}

static void
give_back(struct ma_span *span, bool clean)
{
	if (span->kind == MA_SPAN_HUGE)
		ma_arena_drop_huge(span);
	else if (clean)
		ma_arena_give_clean(span);
	else
		ma_arena_give(span);
}

void
ma_large_free(struct ma_span *span)
{
	enum touched touched = look(span);
	bool clean = touched == UNTOUCHED && span->kind == MA_SPAN_LARGE &&
		ma_os_purge(span->base, ma_span_bytes(span));

	note_filled(touched);
	if (span->kind == MA_SPAN_HUGE) {
		if (span->nbytes < ma_options.huge_threshold)
			raise_threshold(&grown_threshold, span->nbytes);
		if ((touched == FILLED || span->huge_pages) &&
		    span->nbytes < LEARNED_MOST &&
		    ma_options.huge_threshold == MA_HUGE_THRESHOLD)
			raise_threshold(&filled_threshold, span->nbytes);
	}
	give_back(span, clean);
}

bool
ma_large_resize_in_place(struct ma_span *span, size_t nbytes)
{
	size_t nslices = ma_slices_for(nbytes);
	size_t rounded = nslices << MA_SLICE_SHIFT;

	/* It grows within the room that it got when it moved. */
	if (nslices >= span->carved && rounded <= ma_span_bytes(span)) {
		span->carved = (uint32_t)nslices;
		return true;
	}
	if (span->kind == MA_SPAN_HUGE) {
		if (ma_os_resize(span->base, span->nbytes, rounded))
			ma_arena_resize_huge(span, rounded);
		else if (rounded > span->nbytes)
			return false;
	} else if (nslices < span->slices) {
		ma_arena_shorten(span, nslices);
	} else if (!ma_arena_extend(span, nslices)) {
		return false;
	}
	span->carved = (uint32_t)nslices;
	return true;
}

/* Bring NBYTES of SPAN to TO, by moving pages where that can be. */
static void
bring(const struct ma_span *span, void *to, size_t nbytes)
{
	struct ma_span *target = ma_pagemap_record((uintptr_t)to);
	size_t whole = pages_of(nbytes);

	/* Pages move only onto a mapping of their own: the break keeps its
	   one piece. */
	if (nbytes >= MOVE_BYTES && target->kind == MA_SPAN_HUGE &&
	    ma_os_move(span->base, whole, (uintptr_t)to)) {
		if (whole < nbytes)
			memcpy((char *)to + whole,
			       (const char *)span->base + whole,
			       nbytes - whole);
		return;
	}
	memcpy(to, (const void *)span->base, nbytes);
}

void *
ma_large_resize(struct ma_span *span, size_t nbytes)
{
	size_t old = ma_span_bytes(span);
	void *p;

	/* Far smaller huge blocks move back into the arena. */
	if (!(span->kind == MA_SPAN_HUGE && nbytes < old / 2 &&
	      !prefers_mapping(nbytes, 1, MA_LARGE_ANY)) &&
	    ma_large_resize_in_place(span, nbytes))
		return (void *)span->base;
	p = NULL;
	if (nbytes > old && nbytes < MA_SIZE_LIMIT / 2)
		p = ma_large_alloc(nbytes + nbytes / GROWTH_PART, 1,
		                   MA_LARGE_GROWING);
	if (p == NULL)
		p = ma_large_alloc(nbytes, 1, MA_LARGE_ANY);
	if (p == NULL && nbytes > old)
		return NULL;
	if (p == NULL) {
		span->carved = (uint32_t)ma_slices_for(nbytes);
		return (void *)span->base;
	}
	ma_pagemap_record((uintptr_t)p)->carved =
		(uint32_t)ma_slices_for(nbytes);
	bring(span, p, old < nbytes ? old : nbytes);
	give_back(span, false);
	return p;
}

size_t
ma_large_good_size(size_t nbytes)
{
	return ma_slices_for(nbytes) << MA_SLICE_SHIFT;
}
