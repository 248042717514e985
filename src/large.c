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
 * A block from this size on may get huge pages, where so many like it were
 * found filled when they were freed; but one in so many gets none, to see.
 */
#define FILL_BYTES MA_OS_HUGE_PAGE
#define FILLED_ENOUGH 4
#define FILLED_PROBE 16
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

/*
 * Does the program fill the large blocks that it asks for?  Then a page of 2
 * MiB costs it a fault instead of 512; else it would cost the memory that it
 * does not touch.
 */
static bool
is_filling(void)
{
	uint32_t n = __atomic_load_n(&filled, __ATOMIC_RELAXED);

	return ma_options.thp && n >= FILLED_ENOUGH && n % FILLED_PROBE != 0;
}

/* SPAN is to be freed: two looks tell whether it was filled. */
static void
note_filled(const struct ma_span *span)
{
	size_t nbytes = ma_span_bytes(span), page = ma_os_page_size();
	uintptr_t half = span->base + ma_align_down(nbytes / 2, page);
	uintptr_t later = half + ma_align_down(nbytes / 4, page);

	if (nbytes < FILL_BYTES || !ma_options.thp)
		return;
	if (ma_os_resident(half, page) != 0 &&
	    ma_os_resident(later, page) != 0)
		__atomic_fetch_add(&filled, 1, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&filled, 0, __ATOMIC_RELAXED);
}

/*
 * Zero memory of a span from the start of a slice on; behind the end, in its
 * page, nothing is kept.  Of memory that is hardly resident, as the untouched
 * tails of former large blocks are, it costs less to give back the pages that
 * are there than to bring in all of them.
 */
static void
zero_slices(uintptr_t start, uintptr_t end)
{
	while (start < end) {
		size_t nbytes = end - start, whole;

		if (nbytes > MA_OS_RESIDENT_MAX)
			nbytes = MA_OS_RESIDENT_MAX;
		whole = ma_align_up(nbytes, ma_os_page_size());
		if (nbytes < PURGE_BYTES ||
		    ma_os_resident(start, whole) > whole / PURGE_PART ||
		    !ma_os_purge(start, whole))
			memset((void *)start, 0, nbytes);
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
	if (use == MA_LARGE_ZERO)
		zero_dirty(span, nbytes);
	return (void *)span->base;
}

static void *
alloc_huge(size_t nbytes, size_t alignment)
{
	bool huge_pages = nbytes >= FILL_BYTES && is_filling();
	size_t least = huge_pages ? MA_OS_HUGE_PAGE : MA_SLICE_SIZE;
	struct ma_span *span;
	uintptr_t start;

	if (nbytes > MA_SIZE_LIMIT - MA_SLICE_SIZE)
		return NULL;
	nbytes = ma_slices_for(nbytes) << MA_SLICE_SHIFT;
	start = ma_os_map(nbytes, alignment < least ? least : alignment);
	if (start == 0)
		return NULL;
	if (huge_pages)
		ma_os_use_huge_pages(start, nbytes);
	span = ma_arena_add_huge(start, nbytes);
	if (span == NULL) {
		ma_os_unmap(start, nbytes);
		return NULL;
	}
	return (void *)start;
}

/*
 * From which size on a block that moves to grow shall have its own mapping:
 * there it grows on without a copy.  A program that lets such blocks grow and
 * frees them again and again would pay for their pages each time: the size is
 * raised beyond what was freed.
 */
static size_t grown_threshold = (size_t)1 << 20;	/* atomic */

static void
note_grown(size_t nbytes)
{
	if (nbytes < ma_options.huge_threshold &&
	    nbytes >= __atomic_load_n(&grown_threshold, __ATOMIC_RELAXED))
		__atomic_store_n(&grown_threshold, 2 * nbytes,
		                 __ATOMIC_RELAXED);
}

/* Is a block of NBYTES to have its own mapping, if one can be had? */
static bool
prefers_mapping(size_t nbytes, size_t alignment, enum ma_large_use use)
{
	return (nbytes >= ma_options.huge_threshold ||
	        (use == MA_LARGE_GROWING &&
	         nbytes >= __atomic_load_n(&grown_threshold,
	                                   __ATOMIC_RELAXED)) ||
	        alignment > ARENA_ALIGNMENT ||
	        (nbytes >= FILL_BYTES && is_filling())) &&
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
give_back(struct ma_span *span)
{
	if (span->kind == MA_SPAN_HUGE)
		ma_arena_drop_huge(span);
	else
		ma_arena_give(span);
}

void
ma_large_free(struct ma_span *span)
{
	note_filled(span);
	if (span->kind == MA_SPAN_HUGE)
		note_grown(span->nbytes);
	give_back(span);
}

static bool
resize_in_place(struct ma_span *span, size_t nbytes)
{
	size_t nslices = ma_slices_for(nbytes);
	size_t rounded = nslices << MA_SLICE_SHIFT;

	/* It grows within the room that it got when it moved. */
	if (nslices >= span->carved && rounded <= ma_span_bytes(span)) {
		span->carved = (uint32_t)nslices;
		return true;
	}
	if (span->kind == MA_SPAN_HUGE) {
		if (!ma_os_resize(span->base, span->nbytes, rounded))
			return rounded < span->nbytes;
		ma_arena_resize_huge(span, rounded);
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
	size_t whole = ma_align_up(nbytes, ma_os_page_size());

	/* Pages move only onto a mapping of their own: the break keeps its
	   one piece. */
	if (nbytes >= MOVE_BYTES && target->kind == MA_SPAN_HUGE &&
	    ma_os_move(span->base, whole, (uintptr_t)to))
		return;
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
	    resize_in_place(span, nbytes))
		return (void *)span->base;
	p = NULL;
	if (nbytes > old && nbytes < MA_SIZE_LIMIT / 2)
		p = ma_large_alloc(nbytes + nbytes / GROWTH_PART, 1,
		                   MA_LARGE_GROWING);
	if (p == NULL)
		p = ma_large_alloc(nbytes, 1, MA_LARGE_ANY);
	if (p == NULL)
		return nbytes <= old ? (void *)span->base : NULL;
	ma_pagemap_record((uintptr_t)p)->carved =
		(uint32_t)ma_slices_for(nbytes);
	bring(span, p, old < nbytes ? old : nbytes);
	give_back(span);
	return p;
}

size_t
ma_large_good_size(size_t nbytes)
{
	return ma_slices_for(nbytes) << MA_SLICE_SHIFT;
}
