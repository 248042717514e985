/* SPDX-License-Identifier: MIT */
/*
 * check_arena.c - the half of memalloc_check that walks the address space.
 */
#include "base.h"

#include <memalloc.h>

#include "arena.h"
#include "checking.h"
#include "heap.h"
#include "liveness.h"
#include "os.h"
#include "pagemap.h"
#include "spantree.h"
#include "walk.h"

struct arena_check {
	struct ma_check *check;
	size_t nbytes;		/* of all spans */
	size_t free, dirty;	/* slices of free spans */
	uintptr_t free_end;	/* where the last free span ended */
};

/* S4: words, count of dirty slices, and the record of the end. */
static void
check_free_span(struct arena_check *a, const struct ma_span *span)
{
	uint32_t dirty = 0;
	uintptr_t end = ma_span_end(span);

	for (uintptr_t at = span->base; at < end; at += MA_SLICE_SIZE) {
		uint32_t word = ma_pagemap_word(at);

		if (ma_word_what(word) != MA_WORD_FREE)
			ma_check_failed(a->check, "S4", (void *)at,
			                "is in a free span by its record, "
			                "not by its word");
		dirty += word & MA_WORD_DIRTY;
	}
	if (dirty != span->out)
		ma_check_failed(a->check, "S4", (void *)span->base,
		                "has not as many dirty slices as it counts");
	if (span->slices > 1) {
		const struct ma_span *last =
			ma_pagemap_record(end - MA_SLICE_SIZE);

		if (last->kind != MA_SPAN_END || last->slices != span->slices)
			ma_check_failed(a->check, "S4", (void *)span->base,
			                "is a free span without its end");
	}
	if (a->free_end == span->base && !span->edge)
		ma_check_failed(a->check, "S6", (void *)span->base,
		                "is free, and so is what is below");
	if (ma_spantree_find_exact(ma_arena.bins.trees[
			ma_spanbin_number(span->slices)], span) != span)
		ma_check_failed(a->check, "N1", (void *)span->base,
		                "is not in the bin of its length");
	a->free += span->slices;
	a->dirty += dirty;
	a->free_end = end;
}

static void
check_words(struct arena_check *a, const struct ma_span *span)
{
	/* Adoption changes it without the arena's lock. */
	uint32_t owner = __atomic_load_n(&span->owner, __ATOMIC_RELAXED);

	for (uint32_t i = 0; i < span->slices; i++) {
		uintptr_t at = span->base + ((uintptr_t)i << MA_SLICE_SHIFT);
		uint32_t word = ma_pagemap_word(at);
		bool small = span->kind == MA_SPAN_SMALL ||
			span->kind == MA_SPAN_STARTER;

		if (small && word != ma_word_make(owner, span->bin, i))
			ma_check_failed(a->check, "S2", (void *)at,
			                "has a word that is not its span's");
		if (span->kind == MA_SPAN_LARGE && ma_word_what(word) !=
		    (i == 0 ? MA_WORD_LARGE : MA_WORD_TAIL))
			ma_check_failed(a->check, "S5", (void *)at,
			                "has a word that is not its span's");
	}
}

static void
check_record(struct arena_check *a, const struct memalloc_record *r)
{
	const struct ma_span *span =
		ma_pagemap_record((uintptr_t)r->address);

	a->nbytes += r->size;
	if (r->state == MEMALLOC_STATE_MOVING) {
		ma_check_failed(a->check, "A1", r->address,
		                "is a slice whose word and record differ");
		return;
	}
	if (span->base % MA_SLICE_SIZE != 0 || span->slices == 0)
		ma_check_failed(a->check, "S1", r->address,
		                "is no span by its record");
	if (span->kind == MA_SPAN_FREE)
		check_free_span(a, span);
	else
		check_words(a, span);
}

/*
 * Q1 and Q2, where nobody is on the way between free and live: neither a
 * running thread nor one that fork left behind.
 */
static void
check_block(struct ma_check *check, const struct memalloc_record *r)
{
	if (!MA_HARDENED || !check->alone || ma_pool_orphans() != 0)
		return;
	if (r->state == MEMALLOC_STATE_FREE &&
	    !ma_liveness_is_blank(r->address, r->size))
		ma_check_failed(check, "Q1", r->address,
		                "was overwritten while free");
	if (r->state == MEMALLOC_STATE_LIVE &&
	    ma_liveness_is_overrun(r->address, r->size))
		ma_check_failed(check, "Q2", r->address, "was overrun");
}

/*
 * Q2, while no large block becomes free or changes its size.  A program may
 * have unmapped a huge one.
 */
static void
check_large(struct ma_check *check, const struct memalloc_record *r)
{
	uintptr_t start = (uintptr_t)r->address;

	/* So that at -O0, too, the default build has no call of it. */
	if (MA_HARDENED) {
		size_t room = ma_liveness_large_room(r->size);

		if (ma_pagemap_word(start) == MA_WORD_HUGE &&
		    !ma_os_is_mapped(start + room - 1))
			return;
		if (ma_liveness_is_overrun(r->address, room))
			ma_check_failed(check, "Q2", r->address,
			                "was overrun");
	}
}

static int
check_visit(const struct memalloc_record *r, void *arg)
{
	struct arena_check *a = arg;

	if (r->kind == MEMALLOC_RECORD_SPAN)
		check_record(a, r);
	else if (r->state == MEMALLOC_STATE_FREE)
		a->check->marked_bytes += r->size;
	if (r->kind == MEMALLOC_RECORD_BLOCK && r->bin != MEMALLOC_BIN_NONE)
		check_block(a->check, r);
	else if (MA_HARDENED && r->kind == MEMALLOC_RECORD_BLOCK &&
	         r->state == MEMALLOC_STATE_LIVE)
		check_large(a->check, r);
	return 0;
}

static void
check_spanbins(struct arena_check *a)
{
	size_t free = 0;

	for (unsigned b = 0; b < MA_SPANBINS; b++) {
		struct ma_span *root = ma_arena.bins.trees[b];
		struct ma_span *span = ma_spantree_last(root);
		bool filled = ma_arena.bins.filled[b / 64] >> (b % 64) & 1;

		if (filled != (root != NULL))
			ma_check_failed(a->check, "N2", root,
			                "heads a bin whose bit is wrong");
		for (; span != NULL; span = ma_spantree_before(root, span)) {
			if (span->kind != MA_SPAN_FREE ||
			    ma_spanbin_number(span->slices) != b)
				ma_check_failed(a->check, "N1",
				                (void *)span->base,
				                "is in a wrong bin");
			free += span->slices;
		}
	}
	if (free != ma_arena.free || a->free != free ||
	    a->dirty != ma_arena.dirty)
		ma_check_failed(a->check, "A2", &ma_arena,
		                "counts other free slices than there are");
}

void
ma_check_arena(struct ma_check *check)
{
	struct arena_check a = { .check = check };

	if (MA_HARDENED)
		ma_lock_take(&ma_arena_large_lock);
	ma_lock_take(&ma_arena.lock);
	ma_walk(&ma_reader_self, true, check_visit, &a);
	check_spanbins(&a);
	if (a.nbytes != ma_arena.from_break + ma_arena.from_map)
		ma_check_failed(check, "A1", &ma_arena,
		                "counts other address space than there is");
	if (ma_arena.break_end != 0 &&
	    ma_pagemap_word(ma_arena.break_end) != MA_WORD_FOREIGN &&
	    !ma_pagemap_record(ma_arena.break_end)->edge)
		ma_check_failed(check, "A3", (void *)ma_arena.break_end,
		                "is ours, though the break ends there");
	ma_lock_release(&ma_arena.lock);
	if (MA_HARDENED)
		ma_lock_release(&ma_arena_large_lock);
}
