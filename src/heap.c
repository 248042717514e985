/* SPDX-License-Identifier: MIT */
/*
 * heap.c - refill, overflow, scavenge: the slow paths of a thread's bins.
 */
#include "base.h"

#include "arena.h"
#include "error.h"
#include "heap.h"
#include "pagemap.h"
#include "quarantine.h"

/* An overflow leaves this part of the cap in the bin: the newest blocks. */
#define KEEP_PART 4
/* A scavenge lowers the size from which growth counts by this part at most. */
#define SCAVENGE_DROP 4
/* A class borrows so many blocks from its leader before it has its own. */
#define BORROWS 32
/* Batches are sent after so many slow paths at the latest. */
#define CALLS_TO_SEND 256
/* The arena has a look at the time after so many. */
#define CALLS_TO_TICK 8

MA_BEHIND struct ma_heap ma_heap_none;
uint32_t ma_heap_trims;

/*
 * Each tick of the arena the bins are flushed: a block that waits there pins
 * the span that it came from, and the program may need no more of its class.
 */
static void
tick(struct ma_heap *heap)
{
	uint32_t now = ma_arena_tick();

	if (heap->tick_seen == now)
		return;
	heap->tick_seen = now;
	ma_heap_scavenge_locked(heap);
}

/* What every slow path begins with; the lock is held. */
static void
enter_slow(struct ma_heap *heap)
{
	/* Not there when the first heap is made. */
	if (MA_UNLIKELY(heap->window.slices == 0))
		heap->window = ma_pagemap_window();
	if (++heap->slow_calls % CALLS_TO_TICK == 0)
		tick(heap);
	if (heap->slow_calls >= CALLS_TO_SEND) {
		heap->slow_calls = 0;
		ma_remote_send_all(heap);
	}
	if (heap->trims_seen !=
	    __atomic_load_n(&ma_heap_trims, __ATOMIC_RELAXED)) {
		heap->trims_seen =
			__atomic_load_n(&ma_heap_trims, __ATOMIC_RELAXED);
		ma_heap_scavenge_locked(heap);
	}
	if (__atomic_load_n(&heap->inbox, __ATOMIC_RELAXED) !=
	    MA_BLOCK_END)
		ma_remote_drain_locked(heap);
}

/* --- Overflow ----------------------------------------------------------- */

void
ma_heap_die_overwritten(const struct ma_block *block, const char *function)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, function, block,
	             "was overwritten while free: its mark is wrong");
}

void
ma_heap_die_twice(const struct ma_block *block)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, "free", block,
	             "was freed twice, and overwritten between");
}

/* Cut bin C's list behind its newest KEEP blocks; returns the older ones. */
static struct ma_block *
cut_older(struct ma_heap *heap, unsigned c, int32_t keep)
{
	struct ma_bins *bins = &heap->bins;
	struct ma_block *last = bins->head[c], *older;

	if (keep == 0) {
		bins->head[c] = MA_BLOCK_END;
		bins->room[c] = bins->cap[c];
		return last;
	}
	for (int32_t i = 1;; i++) {
		if (!ma_block_is_intact(last, heap->secret))
			ma_heap_die_overwritten(last, "free");
		older = ma_block_next(last);
		if (i == keep)
			break;
		last = older;
	}
	ma_block_link(last, MA_BLOCK_END, heap->secret);
	bins->room[c] = bins->cap[c] - keep;
	return older;
}

/* A bin that a long list was loaded into is brought back to its usual cap. */
static void
make_room(struct ma_heap *heap, unsigned c)
{
	struct ma_bins *bins = &heap->bins;
	int32_t count = ma_bin_count(bins, c);
	int32_t cap = ma_heap_usual_cap(c);
	int32_t keep = cap / KEEP_PART;

	bins->cap[c] = (int16_t)cap;
	bins->room[c] = (int16_t)(cap - count);
	if (count > keep && count >= cap)
		ma_heap_return_locked(heap, cut_older(heap, c, keep));
}

void
ma_heap_put(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	ma_lock_take(&heap->lock);
	enter_slow(heap);
	if (heap->bins.room[c] <= 0) {
		heap->bins.room[c] = 0;
		make_room(heap, c);
	}
	ma_bin_push(&heap->bins, c, block, heap->secret);
	ma_lock_release(&heap->lock);
}

/* --- Scavenge ----------------------------------------------------------- */

void
ma_heap_scavenge_locked(struct ma_heap *heap)
{
	size_t before = heap->spans;

	if (MA_HARDENED)
		ma_quarantine_return_locked(heap, false);
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_bins *bins = &heap->bins;

		if (bins->cap[c] == 0)
			continue;
		ma_heap_return_locked(heap, cut_older(heap, c, 0));
		bins->cap[c] = bins->room[c] = 0;
	}
	ma_heap_release_empty(heap);
	/*
	 * What was set free may be needed again at once: the next growth to
	 * near this size must not scavenge again, or it would for ever.
	 */
	if (heap->spans < before - before / SCAVENGE_DROP)
		heap->spans_scavenged = before - before / SCAVENGE_DROP;
	else
		heap->spans_scavenged = heap->spans;
}

void
ma_heap_flush(struct ma_heap *heap)
{
	ma_lock_take(&heap->lock);
	ma_remote_send_all(heap);
	ma_remote_drain_locked(heap);
	ma_heap_scavenge_locked(heap);
	ma_lock_release(&heap->lock);
}

/* --- Refill ------------------------------------------------------------- */

/* From what the heap has; the lock is held. */
static bool
refill_own(struct ma_heap *heap, unsigned c)
{
	return ma_heap_fill_partial(heap, c) || ma_heap_fill_fresh(heap, c) ||
		ma_starter_fill(heap, c);
}

/*
 * Has the heap grown so much since its bins were last flushed that blocks
 * cached in them may pin more spans than they are worth?
 */
static bool
scavenge_is_due(const struct ma_heap *heap)
{
	return heap->spans >= heap->spans_scavenged + 8 +
		heap->spans_scavenged / 8;
}

/* From what is free, here and in heaps of ended threads. */
static bool
refill_from_free(struct ma_heap *heap, unsigned c)
{
	bool adopted;

	if (!ma_bin_is_empty(&heap->bins, c) || refill_own(heap, c))
		return true;
	ma_lock_release(&heap->lock);
	adopted = ma_pool_adopt(heap, c);
	ma_lock_take(&heap->lock);
	if (adopted && refill_own(heap, c))
		return true;
	if (!scavenge_is_due(heap))
		return false;
	ma_heap_scavenge_locked(heap);
	return refill_own(heap, c);
}

/* The system has refused: set free what can be, here and in the pool. */
static void
flush_all(struct ma_heap *heap)
{
	ma_heap_scavenge_locked(heap);
	ma_lock_release(&heap->lock);
	ma_pool_trim();
	ma_lock_take(&heap->lock);
}

/*
 * Class C has nothing left, in spans of its own or the starter span: shall its
 * leader serve?  A class begins so, since a span with one live block is a page
 * for that block.
 */
static bool
borrow(struct ma_heap *heap, unsigned c)
{
	struct ma_bins *bins = &heap->bins;

	if (ma_sizeclass_leader[c] == c ||
	    bins->borrowed[c] >= BORROWS)
		return false;
	bins->grown[c] = true;
	bins->borrowed[c]++;
	return true;
}

/*
 * Bin C is empty.  It is filled from
 *  1. what others have sent home, and the heap's own spans; or, while C is
 *     not wanted often, its leader's bin is, from here on
 *  2. a span of a heap whose thread has ended
 *  3. if the heap has grown much: what a flush of all bins sets free
 *  4. a new span
 *  5. if the system refuses: what a flush sets free, here and in the pool,
 *     and starter blocks that were put aside.
 */
void *
ma_heap_alloc(struct ma_heap *heap, unsigned c, bool exact,
              const char *function)
{
	struct ma_bins *bins = &heap->bins;
	struct ma_span *span;
	void *p;

	ma_lock_take(&heap->lock);
	enter_slow(heap);
	if (!exact && ma_bin_is_empty(bins, c) && !refill_own(heap, c) &&
	    borrow(heap, c))
		c = ma_sizeclass_leader[c];
	if (!refill_from_free(heap, c)) {
		size_t nslices = ma_arena_span_slices(c);

		bins->grown[c] = true;
		span = ma_arena_take(nslices, heap->number, c, MA_SPAN_SMALL);
		if (span == NULL) {
			flush_all(heap);
			span = ma_arena_take(nslices, heap->number, c,
			                     MA_SPAN_SMALL);
		}
		if (span != NULL)
			ma_heap_link_span(heap, span);
		if (ma_bin_is_empty(bins, c) && !refill_own(heap, c))
			ma_starter_fill_parked(heap, c);
	}
	p = ma_bin_pop(bins, c, heap->secret);
	if (p == NULL && !ma_bin_is_empty(bins, c))
		ma_heap_die_overwritten(bins->head[c], function);
	ma_lock_release(&heap->lock);
	return p;
}
