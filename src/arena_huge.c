/* SPDX-License-Identifier: MIT */
/*
 * arena_huge.c - the register of huge blocks, each a mapping of its own.
 */
#include "base.h"

#include "arena.h"
#include "os.h"
#include "pagemap.h"

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

struct ma_span *
ma_arena_add_huge(uintptr_t start, size_t nbytes)
{
	struct ma_span *span = NULL;

	ma_lock_take(&ma_arena.lock);
	if (ma_pagemap_cover(start, 1)) {
		span = ma_pagemap_record(start);
		ma_arena_clear_record(span);
		span->guard = MA_GUARD_NONE;
		span->carved = (uint32_t)(nbytes >> MA_SLICE_SHIFT);
		span->base = start;
		span->slices = 1;
		span->nbytes = nbytes;
		span->edge = 1;
		ma_span_open(span, MA_SPAN_HUGE);
		account_huge(1, nbytes);
		ma_pagemap_set(start, MA_WORD_HUGE);
	}
	ma_lock_release(&ma_arena.lock);
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

void
ma_arena_drop_huge(struct ma_span *span)
{
	uintptr_t start = span->base;
	size_t nbytes = span->nbytes;

	ma_lock_take(&ma_arena.lock);
	ma_span_close(span);
	account_huge((uint32_t)-1, 0 - nbytes);
	ma_pagemap_set(start, MA_WORD_FOREIGN);
	if (ma_arena_walked() || !ma_os_unmap(start, nbytes))
		ma_arena_add_free_map(start, nbytes >> MA_SLICE_SHIFT,
		                      ma_os_purge(start, nbytes) ? 0 :
		                      MA_WORD_DIRTY);
	ma_lock_release(&ma_arena.lock);
}
