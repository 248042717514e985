/* SPDX-License-Identifier: MIT */
/*
 * arena_spare.c - hardened build: spans that nobody uses keep their guards.
 *
 * To make a guard and to take it away again are two system calls, each of
 * which may interrupt the other threads.  So a span that is given back with
 * its guard is kept as it is, for who wants as many slices next.  As it keeps
 * its memory too, only a few are kept.
 *
 * To others a spare span is a large block that nobody asked for.
 *
 * When a span becomes free its guard stays too, so that there is one below
 * what lies above it.  The word of the last slice tells, until the slices are
 * wanted again.
 */
#include "base.h"

#include "arena.h"
#include "os.h"
#include "pagemap.h"

struct ma_lock ma_arena_large_lock = MA_LOCK_INIT(MA_RANK_LARGE);

#if MA_HARDENED

/* All of them together have at most so many slices, 1 MiB. */
#define SPARE_SLICES (((size_t)1 << 20) >> MA_SLICE_SHIFT)
/* The longest one: room for a blank block (hardened_large.c), or blocks. */
#define SPARE_LONGEST (MA_SPAN_SLICES_MAX + 1)

/* Lists by slices, of those that may hold anything and of those that are
   zero; under the arena's lock. */
static struct ma_span *spare[2][SPARE_LONGEST + 1];
static size_t spare_slices;

/* Spans whose guard the system did not take away, by `right`; likewise. */
static struct ma_span *stuck;

static void
set_aside(struct ma_span *span)
{
	(void)ma_os_purge(span->base, ma_span_bytes(span));
	span->right = stuck;
	__atomic_store_n(&stuck, span, __ATOMIC_RELAXED);
}

void
ma_arena_set_aside(struct ma_span *span)
{
	ma_lock_take(&ma_arena.lock);
	set_aside(span);
	ma_lock_release(&ma_arena.lock);
}

/* SPAN, which is none of the small ones any more, is kept if it may be. */
static bool
keep(struct ma_span *span)
{
	struct ma_span **list;

	if (span->guard == MA_GUARD_NONE || span->slices > SPARE_LONGEST ||
	    span->slices > SPARE_SLICES - spare_slices)
		return false;
	spare_slices += span->slices;
	list = &spare[span->zeroed][span->slices];
	span->right = *list;
	*list = span;
	return true;
}

/*
 * SPAN is given back without its guards if the system takes them away; else it
 * is set aside, with nothing in it.  Protected is the last page or all of it,
 * marks may be anywhere.
 */
static bool
give_unguarded(struct ma_span *span)
{
	size_t page = ma_os_guard_bytes(), nbytes = ma_span_bytes(span);
	uintptr_t from = span->base;

	if (span->guard == MA_GUARD_PROTECTED) {
		from += nbytes - page;
		nbytes = page;
	}
	if (ma_os_unguard(from, nbytes, span->guard)) {
		span->guard = MA_GUARD_NONE;
		if (span->kind == MA_SPAN_HUGE)
			ma_arena_drop_huge(span);
		else
			ma_arena_give(span);
		return true;
	}
	ma_arena_set_aside(span);
	return false;
}

/* Try again with one that is stuck; false if none is, or if it stays. */
static bool
give_stuck(void)
{
	struct ma_span *span;

	if (__atomic_load_n(&stuck, __ATOMIC_RELAXED) == NULL)
		return false;
	ma_lock_take(&ma_arena.lock);
	span = stuck;
	if (span != NULL)
		__atomic_store_n(&stuck, span->right, __ATOMIC_RELAXED);
	ma_lock_release(&ma_arena.lock);
	return span != NULL && give_unguarded(span);
}

/* SPAN goes back with its guard, or without if that was protected. */
static void
give_with_guard(struct ma_span *span)
{
	if (span->guard == MA_GUARD_MARKED)
		ma_arena_give(span);
	else
		give_unguarded(span);
	give_stuck();
}

static bool
keep_as(struct ma_span *span, bool zeroed)
{
	uintptr_t there = span->kind == MA_SPAN_LARGE ? span->there : 0;
	bool is_kept;

	ma_lock_take(&ma_arena.lock);
	if (span->kind != MA_SPAN_LARGE)
		ma_arena.small -= span->slices;
	ma_arena_clear_record(span);
	span->there = there;
	span->zeroed = zeroed;
	ma_arena_open_large(span, MA_WORD_DIRTY);
	is_kept = keep(span);
	ma_lock_release(&ma_arena.lock);
	return is_kept;
}

bool
ma_arena_keep_zeroed(struct ma_span *span)
{
	return keep_as(span, true);
}

void
ma_arena_give_guarded(struct ma_span *span)
{
	if (!keep_as(span, false))
		give_with_guard(span);
}

static struct ma_span *
take_from(bool zeroed, size_t nslices)
{
	struct ma_span *span = nslices <= SPARE_LONGEST ?
		spare[zeroed][nslices] : NULL;

	if (span != NULL) {
		spare[zeroed][nslices] = span->right;
		spare_slices -= nslices;
	}
	return span;
}

struct ma_span *
ma_arena_take_spare(size_t nslices)
{
	struct ma_span *span = take_from(false, nslices);

	return span != NULL ? span : take_from(true, nslices);
}

struct ma_span *
ma_arena_take_spare_large(size_t nslices)
{
	struct ma_span *span = take_from(true, nslices);

	if (span != NULL) {
		span->carved = (uint32_t)nslices;
		/* Its words say that it is zero. */
		ma_arena_open_large(span, 0);
	}
	return span;
}

/* --- Guards in free spans ----------------------------------------------- */

void
ma_arena_leave_guard(uintptr_t base, size_t nslices, unsigned guard)
{
	uintptr_t last = base + ((nslices - 1) << MA_SLICE_SHIFT);

	if (guard == MA_GUARD_MARKED)
		ma_pagemap_set(last, ma_pagemap_word(last) | MA_WORD_GUARDED);
}

bool
ma_arena_guard_reserve(struct ma_span *span)
{
	size_t page = ma_os_guard_bytes();
	uintptr_t last = span->base + ma_span_bytes(span) - page;

	if (span->guard == MA_GUARD_NONE)
		span->guard = ma_os_guard(last, page);
	/* One that must be counted is not for what may go at any time. */
	if (span->guard != MA_GUARD_PROTECTED)
		return true;
	if (!ma_os_unguard(last, page, span->guard))
		return false;
	span->guard = MA_GUARD_NONE;
	return true;
}

bool
ma_arena_open(uintptr_t base, size_t nslices)
{
	size_t page = ma_os_guard_bytes();
	bool done = true;

	for (; nslices != 0; nslices--, base += MA_SLICE_SIZE) {
		uint32_t word = ma_pagemap_word(base);

		if (!(word & MA_WORD_GUARDED))
			continue;
		if (ma_os_unguard(base + MA_SLICE_SIZE - page, page,
		                  MA_GUARD_MARKED))
			ma_pagemap_set(base, word & ~MA_WORD_GUARDED);
		else
			done = false;
	}
	return done;
}

bool
ma_arena_open_span(struct ma_span *span)
{
	size_t last = span->slices - 1;
	uint32_t word;

	if (!ma_arena_open(span->base, last)) {
		ma_arena_clear_record(span);
		ma_arena_open_large(span, MA_WORD_DIRTY);
		span->guard = MA_GUARD_MARKED;
		set_aside(span);
		return false;
	}
	word = ma_pagemap_word(span->base + (last << MA_SLICE_SHIFT));
	span->guard = word & MA_WORD_GUARDED ? MA_GUARD_MARKED :
		MA_GUARD_NONE;
	return true;
}

void
ma_arena_drop_spares(void)
{
	for (;;) {
		struct ma_span *span = NULL;

		ma_lock_take(&ma_arena.lock);
		for (size_t n = 1; n <= SPARE_LONGEST && span == NULL; n++)
			span = ma_arena_take_spare(n);
		ma_lock_release(&ma_arena.lock);
		if (span == NULL)
			break;
		give_with_guard(span);
	}
	while (give_stuck()) {
	}
}

#endif /* MA_HARDENED */
