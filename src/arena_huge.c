/* SPDX-License-Identifier: MIT */
/*
 * arena_huge.c - the register of huge blocks, each a mapping of its own.
 *
 * A mapping that the system does not take back, or that a walker may be
 * reading, is kept, with no words and, if that can be, no memory.  To give it
 * back is tried again when the next one goes.  Until then it serves as a huge
 * block again, or for any others if nothing else is to be had.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "os.h"
#include "pagemap.h"

/* A kept mapping serves blocks that leave less than they take of it unused,
   and no more than this: hardened, 32 bits count it (canary.h). */
#define KEPT_UNUSED ((size_t)1 << 30)

/* By `right`, the oldest first; their `out` tells whether they are dirty.  The
   first may be read without the arena's lock. */
static struct ma_span *kept, **kept_end = &kept;
static size_t nkept;

/* Huge blocks are COUNT and NBYTES more (or fewer, by wrap-around). */
static void
account_huge(uint32_t count, size_t nbytes)
{
	bool more = nbytes <= PTRDIFF_MAX;
	struct ma_arena *a = &ma_arena;

	/* Read without the lock by large.c. */
	__atomic_store_n(&a->huge, a->huge + count, __ATOMIC_RELAXED);
	a->huge_bytes += nbytes;
	a->from_map += nbytes;
	if (a->huge > a->huge_peak)
		a->huge_peak = a->huge;
	if (a->huge_bytes > a->huge_bytes_peak)
		a->huge_bytes_peak = a->huge_bytes;
	ma_arena_note_peak();
	ma_arena_note_used(more);
}

/* SPAN, whose place is in its record, is a huge block of NBYTES from now on. */
static void
open_huge(struct ma_span *span, size_t nbytes)
{
	span->carved = (uint32_t)(nbytes >> MA_SLICE_SHIFT);
	ma_span_open(span, MA_SPAN_HUGE);
	account_huge(1, span->nbytes);
	ma_pagemap_set(span->base, MA_WORD_HUGE);
}

struct ma_span *
ma_arena_add_huge(uintptr_t start, size_t nbytes, size_t below)
{
	size_t page = ma_os_guard_bytes();
	struct ma_span *span = NULL;

	ma_lock_take(&ma_arena.lock);
	if (ma_pagemap_cover(start, 1)) {
		span = ma_pagemap_record(start);
		ma_arena_clear_record(span);
		span->guard = MA_GUARD_NONE;
		span->base = start;
		span->slices = 1;
		span->nbytes = nbytes;
		span->below = (uint16_t)(below >> MA_SLICE_SHIFT);
		span->edge = 1;
		open_huge(span, nbytes);
	}
	ma_lock_release(&ma_arena.lock);
	if (MA_HARDENED && span != NULL && below != 0)
		span->guard_below = ma_os_guard(start - page, page);
	return span;
}

void
ma_arena_resize_huge(struct ma_span *span, size_t nbytes)
{
	ma_lock_take(&ma_arena.lock);
	account_huge(0, nbytes - span->nbytes);
	span->nbytes = nbytes;
	ma_lock_release(&ma_arena.lock);
}

/* --- Mappings that the system did not take back ------------------------- */

/* The one at *AT is kept no more. */
static struct ma_span *
unlink_kept(struct ma_span **at)
{
	struct ma_span *span = *at;

	__atomic_store_n(at, span->right, __ATOMIC_RELAXED);
	if (span->right == NULL)
		kept_end = at;
	nkept--;
	return span;
}

/* All of SPAN's mapping goes; false if refused. */
static bool
unmap_whole(struct ma_span *span)
{
	size_t below = (size_t)span->below << MA_SLICE_SHIFT;
	size_t page = ma_os_guard_bytes();

	/* Protected pages are counted. */
	if (MA_HARDENED && span->guard_below == MA_GUARD_PROTECTED) {
		if (!ma_os_unguard(span->base - page, page, MA_GUARD_PROTECTED))
			return false;
		span->guard_below = MA_GUARD_NONE;
	}
	return ma_os_unmap(span->base - below, span->nbytes + below);
}

/* SPAN, of which there are no words, is unmapped; else it is kept. */
static void
unmap(struct ma_span *span)
{
	if (!ma_arena_walked() && unmap_whole(span))
		return;
	if (span->out != 0)
		span->out = !ma_os_purge(span->base, span->nbytes);
	span->right = NULL;
	__atomic_store_n(kept_end, span, __ATOMIC_RELAXED);
	kept_end = &span->right;
	nkept++;
}

void
ma_arena_drop_huge(struct ma_span *span)
{
	ma_lock_take(&ma_arena.lock);
	ma_span_close(span);
	account_huge((uint32_t)-1, 0 - span->nbytes);
	ma_pagemap_set(span->base, MA_WORD_FOREIGN);
	span->out = 1;
	if (kept != NULL)
		unmap(unlink_kept(&kept));
	unmap(span);
	ma_lock_release(&ma_arena.lock);
}

void
ma_arena_drop_kept(void)
{
	ma_lock_take(&ma_arena.lock);
	for (size_t n = nkept; n != 0; n--)
		unmap(unlink_kept(&kept));
	ma_lock_release(&ma_arena.lock);
}

/* One that has NBYTES, and UNUSED ones at most. */
static struct ma_span *
take_kept(size_t nbytes, size_t alignment, size_t unused)
{
	for (struct ma_span **at = &kept; *at != NULL; at = &(*at)->right)
		if ((*at)->nbytes >= nbytes &&
		    (*at)->nbytes - nbytes <= unused &&
		    ((*at)->base & (alignment - 1)) == 0)
			return unlink_kept(at);
	return NULL;
}

struct ma_span *
ma_arena_take_kept_huge(size_t nbytes, size_t alignment)
{
	struct ma_span *span;
	bool dirty = false;

	if (MA_LIKELY(__atomic_load_n(&kept, __ATOMIC_RELAXED) == NULL))
		return NULL;
	ma_lock_take(&ma_arena.lock);
	span = take_kept(nbytes, alignment,
	                 nbytes < KEPT_UNUSED ? nbytes : KEPT_UNUSED);
	if (span != NULL) {
		dirty = span->out != 0;
		span->out = 0;
		span->right = NULL;
		open_huge(span, nbytes);
	}
	ma_lock_release(&ma_arena.lock);
	/* Hardened: who freed it may have written to it since. */
	if (MA_HARDENED && span != NULL && !dirty)
		dirty = !ma_os_purge(span->base, span->nbytes);
	if (dirty)
		memset((void *)span->base, 0, span->nbytes);
	return span;
}

bool
ma_arena_add_kept(size_t nslices)
{
	struct ma_span *span = take_kept(nslices << MA_SLICE_SHIFT, 1,
	                                 SIZE_MAX);

	if (span == NULL)
		return false;
	if (ma_arena_add_free_map(span->base, span->nbytes >> MA_SLICE_SHIFT,
	                          span->out != 0 ? MA_WORD_DIRTY : 0))
		return true;
	unmap(span);
	return false;
}
