/* SPDX-License-Identifier: MIT */
/*
 * heap.c - refill, overflow, scavenge: the slow paths of a thread's bins.
 */
#include "base.h"

#include "arena.h"
#include "error.h"
#include "heap.h"
#include "pagemap.h"

/* The most that one bin may hold, in blocks and in bytes. */
#define CAP_BLOCKS 4096
#define CAP_BYTES ((size_t)256 << 10)
/* A bin's first cap, in bytes. */
#define FIRST_CAP_BYTES 2048u
/* All bins together: this much, or this part of the heap if that is more. */
#define CACHE_BYTES ((size_t)256 << 10)
#define CACHE_PART 16
/* A scavenge lowers the size from which growth counts by this part at most. */
#define SCAVENGE_DROP 4
/* A bin whose cap is less does not have to give of it. */
#define VICTIM_BYTES 8192u
/* One in so many overflows may make another bin give. */
#define OVERFLOWS_TO_HALVE 16
/* Batches are sent after so many slow paths at the latest. */
#define CALLS_TO_SEND 256

struct ma_heap ma_heap_none;
uint32_t ma_heap_trims;

/* What every slow path begins with; the lock is held. */
static void
enter_slow(struct ma_heap *heap)
{
	if (++heap->slow_calls >= CALLS_TO_SEND) {
		heap->slow_calls = 0;
		ma_remote_send_all(heap);
	}
	if (heap->trims_seen !=
	    __atomic_load_n(&ma_heap_trims, __ATOMIC_RELAXED)) {
		heap->trims_seen =
			__atomic_load_n(&ma_heap_trims, __ATOMIC_RELAXED);
		ma_heap_scavenge_locked(heap);
	}
	if (__atomic_load_n(&heap->inbox, __ATOMIC_RELAXED) != NULL)
		ma_remote_drain_locked(heap);
}

/* --- Overflow ----------------------------------------------------------- */

/* The cap that follows BIN's, its own if it may not grow. */
static int32_t
next_cap(const struct ma_bin *bin)
{
	int32_t cap = bin->cap * 2;

	if (bin->cap == 0) {
		cap = (int32_t)(FIRST_CAP_BYTES / bin->size);
		return cap == 0 ? 1 : cap;
	}
	if (cap > CAP_BLOCKS || (size_t)cap * bin->size > CAP_BYTES)
		return bin->cap;
	return cap;
}

void
ma_heap_die_overwritten(const struct ma_block *block, const char *function)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, function, block,
	             "was overwritten while free: its mark is wrong");
}

/* Cut BIN's list behind its newest KEEP blocks; returns the older ones. */
static struct ma_block *
cut_older(struct ma_heap *heap, struct ma_bin *bin, int32_t keep)
{
	struct ma_block *last = bin->head, *older;

	if (keep == 0) {
		older = bin->head;
		bin->head = NULL;
		bin->room = bin->cap;
		return older;
	}
	for (int32_t i = 1;; i++) {
		if (!ma_block_is_marked(last, heap->secret))
			ma_heap_die_overwritten(last, "free");
		older = ma_block_next(last);
		if (i == keep)
			break;
		last = older;
	}
	ma_block_link(last, NULL, heap->secret);
	bin->room = bin->cap - keep;
	return older;
}

/*
 * The cache is promised out: take half of what the next bin in turn with a
 * large cap has, if that bin is not in use for it, so that what a program
 * does now gets what it did before.  Now and then only: bins that overflow in
 * turn would take from each other for ever.
 */
static bool
halve_other_cap(struct ma_heap *heap, const struct ma_bin *grower)
{
	if (++heap->overflows % OVERFLOWS_TO_HALVE != 0)
		return false;
	for (unsigned i = 0; i < MA_CLASSES; i++) {
		unsigned c = heap->cap_victim++ % MA_CLASSES;
		struct ma_bin *bin = &heap->bins[c];
		int32_t half = bin->cap / 2;

		if (bin == grower || ma_bin_count(bin) > half ||
		    (size_t)bin->cap * bin->size < VICTIM_BYTES)
			continue;
		heap->cap_bytes -= (size_t)(bin->cap - half) * bin->size;
		bin->room -= bin->cap - half;
		bin->cap = half;
		return true;
	}
	return false;
}

static bool
grow_cap(struct ma_heap *heap, struct ma_bin *bin)
{
	int32_t more = next_cap(bin) - bin->cap;
	size_t limit = heap->span_bytes / CACHE_PART;
	size_t nbytes = (size_t)more * bin->size;

	if (limit < CACHE_BYTES)
		limit = CACHE_BYTES;
	if (more <= 0)
		return false;
	/* Every bin may hold something, whatever the others hold. */
	if (bin->cap != 0 && heap->cap_bytes + nbytes > limit &&
	    (!halve_other_cap(heap, bin) ||
	     heap->cap_bytes + nbytes > limit))
		return false;
	bin->cap += more;
	bin->room += more;
	heap->cap_bytes += nbytes;
	return true;
}

static void
make_room(struct ma_heap *heap, struct ma_bin *bin)
{
	if (!grow_cap(heap, bin))
		ma_heap_return_locked(heap, cut_older(heap, bin,
		                      ma_bin_count(bin) / 2));
}

void
ma_heap_put(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	struct ma_bin *bin = &heap->bins[c];

	ma_lock_take(&heap->lock);
	enter_slow(heap);
	if (bin->room <= 0)
		make_room(heap, bin);
	ma_bin_push(bin, block, heap->secret);
	ma_lock_release(&heap->lock);
}

/* --- Scavenge ----------------------------------------------------------- */

void
ma_heap_scavenge_locked(struct ma_heap *heap)
{
	size_t before = heap->spans;

	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_bin *bin = &heap->bins[c];

		if (bin->cap == 0)
			continue;
		ma_heap_return_locked(heap, cut_older(heap, bin, 0));
		heap->cap_bytes -= (size_t)bin->cap * bin->size;
		bin->cap = bin->room = 0;
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

	if (heap->bins[c].head != NULL || refill_own(heap, c))
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
 * Bin C is empty.  It is filled from
 *  1. what others have sent home, and the heap's own spans
 *  2. a span of a heap whose thread has ended
 *  3. if the heap has grown much: what a flush of all bins sets free
 *  4. a new span
 *  5. if the system refuses: what a flush sets free, here and in the pool,
 *     and starter blocks that were put aside.
 */
void *
ma_heap_alloc(struct ma_heap *heap, unsigned c, const char *function)
{
	struct ma_bin *bin = &heap->bins[c];
	struct ma_span *span;
	void *p;

	ma_lock_take(&heap->lock);
	enter_slow(heap);
	if (!refill_from_free(heap, c)) {
		size_t nslices = ma_sizeclass[c].slices;

		bin->grown = true;
		span = ma_arena_take(nslices, heap->number, c, MA_SPAN_SMALL);
		if (span == NULL) {
			flush_all(heap);
			span = ma_arena_take(nslices, heap->number, c,
			                     MA_SPAN_SMALL);
		}
		if (span != NULL)
			ma_heap_link_span(heap, span);
		if (bin->head == NULL && !refill_own(heap, c))
			ma_starter_fill_parked(heap, c);
	}
	p = ma_bin_pop(bin, heap->secret);
	if (p == NULL && bin->head != NULL)
		ma_heap_die_overwritten(bin->head, function);
	ma_lock_release(&heap->lock);
	return p;
}
