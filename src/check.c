/* SPDX-License-Identifier: MIT */
/*
 * check.c - memalloc_check: every numbered invariant, verified.
 *
 * Heaps are checked one by one under their locks, then the arena under its
 * lock, then the sums.  The bins of other running threads are theirs alone:
 * they are left out, and the sums with them.
 *
 * Meanwhile threads may get heaps and spans other owners, which can look like
 * failures.  So the first look is a quiet one; only if it finds something is
 * the pool locked, which forbids both, and what the second finds is true.
 */
#include "base.h"

#include <memalloc.h>

#include "arena.h"
#include "checking.h"
#include "diag.h"
#include "error.h"
#include "hardened.h"
#include "heap.h"
#include "pagemap.h"
#include "quarantine.h"
#include "spantree.h"
#include "thread.h"

/* Lines printed; the rest is only counted. */
#define LINES 20

void
ma_check_failed(struct ma_check *check, const char *invariant, const void *at,
                const char *what)
{
	if (check->failures++ < LINES && !check->quiet)
		ma_diag_line("memalloc_check(): %s: %p %s", invariant, at,
		             what);
}

/* --- Lists of blocks ---------------------------------------------------- */

/* The blocks of LIST, all of class C and OWNER; at most LIMIT. */
static uint32_t
check_list(struct ma_check *check, const struct ma_heap *heap,
           const struct ma_block *list, unsigned c, uint32_t limit)
{
	uint32_t n = 0;

	for (; list != MA_BLOCK_END && n <= limit; n++) {
		uintptr_t a = (uintptr_t)list;
		uint32_t word = ma_pagemap_word(a), offset;
		unsigned bin = ma_word_bin(word);

		if (ma_word_owner(word) != heap->number) {
			ma_check_failed(check, "B2", list,
			                "is in a list of another heap");
			break;
		}
		offset = (uint32_t)(a - ma_word_base(word, a));
		if (bin == MA_STARTER_BIN)
			bin = ma_starter_class(heap->starter, a, &offset);
		else if (offset >= ma_pagemap_record(a - offset)->carved *
		         ma_sizeclass[c].size)
			bin = MA_BINS;
		if (bin != c || offset % ma_sizeclass[c].size != 0) {
			ma_check_failed(check, "B2", list,
			                "is no block of the size of its list");
			break;
		}
		if (!ma_block_is_intact(list, heap->secret)) {
			ma_check_failed(check, "B1", list,
			                "was overwritten while free");
			break;
		}
		list = ma_block_next(list);
	}
	return n;
}

/* --- Heaps -------------------------------------------------------------- */

static void
check_span_lists(struct ma_check *check, const struct ma_heap *heap,
                 const struct ma_span *span, unsigned c)
{
	uint32_t back = span->carved - span->out;

	if (span->owner != heap->number || span->bin != c ||
	    span->kind != MA_SPAN_SMALL)
		ma_check_failed(check, "H1", (void *)span->base,
		                "is a span of another heap or bin");
	if (span->out > span->carved || span->carved > span->capacity ||
	    check_list(check, heap, span->free, c, back) != back)
		ma_check_failed(check, "S3", (void *)span->base,
		                "has not the free blocks its record says");
	check->listed_bytes += (size_t)back * ma_sizeclass[c].size;
}

static void
check_class(struct ma_check *check, struct ma_heap *heap, unsigned c)
{
	struct ma_span *root = heap->lists[c].partial;
	struct ma_span *span;

	for (span = ma_spantree_last(root); span != NULL;
	     span = ma_spantree_before(root, span)) {
		check_span_lists(check, heap, span, c);
		if (span->place != MA_PLACE_PARTIAL ||
		    span->free == MA_BLOCK_END)
			ma_check_failed(check, "H2", (void *)span->base,
			                "is in the tree of partial spans");
		if (span->out == 0 && span != heap->lists[c].empty)
			ma_check_failed(check, "H5", (void *)span->base,
			                "is empty, and its heap has "
			                "forgotten it");
	}
	for (span = heap->lists[c].fresh; span != NULL; span = span->right) {
		check_span_lists(check, heap, span, c);
		if (span->place != MA_PLACE_FRESH ||
		    span->free != MA_BLOCK_END ||
		    span->carved >= span->capacity)
			ma_check_failed(check, "H2", (void *)span->base,
			                "is in the list of fresh spans");
		if (span->right != NULL && span->right->left != span)
			ma_check_failed(check, "H2", (void *)span->base,
			                "is not what its successor links to");
	}
}

static void
check_bins(struct ma_check *check, struct ma_heap *heap)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_bins *bins = &heap->bins;
		uint32_t n = (uint32_t)ma_bin_count(bins, c);

		if (bins->room[c] < 0 || bins->room[c] > bins->cap[c] ||
		    check_list(check, heap, bins->head[c], c, n) != n)
			ma_check_failed(check, "I1", bins->head[c],
			                "heads a bin whose count is wrong");
		if (bins->cap[c] > ma_heap_usual_cap(c) &&
		    bins->cap[c] > ma_arena_capacity(ma_arena_span_slices(c),
		                                     c))
			ma_check_failed(check, "H4", bins->head[c],
			                "heads a bin with too high a cap");
		check->listed_bytes += (size_t)n * ma_sizeclass[c].size;
	}
	if (heap->bins.room[MA_STARTER_BIN] != 0 ||
	    !ma_bin_is_empty(&heap->bins, MA_STARTER_BIN))
		ma_check_failed(check, "R2", heap,
		                "is a heap with blocks in the starter bin");
	for (unsigned i = 0; i < MA_BATCHES; i++)
		check->listed_bytes += heap->batches[i].nbytes;
}

static void
report_bad(void *check, const void *block)
{
	ma_check_failed(check, "Q1", block, "was overwritten in quarantine");
}

/* What waits: HEAP's small blocks, or, where that is NULL, large ones. */
static void
check_quarantine(struct ma_check *check, const struct ma_heap *heap)
{
	if (MA_HARDENED && heap != NULL)
		ma_hardened_each_bad(heap, report_bad, check);
	else if (MA_HARDENED)
		ma_hardened_each_bad_large(report_bad, check);
}

static void
check_heap(struct ma_check *check, struct ma_heap *heap, bool bins)
{
	for (unsigned c = 0; c < MA_CLASSES; c++)
		check_class(check, heap, c);
	for (unsigned c = 0; c < MA_STARTER_CLASSES; c++) {
		uint32_t n = check_list(check, heap, heap->parked[c], c,
		                        (uint32_t)MA_SLICE_SIZE);

		check->listed_bytes += (size_t)n * ma_sizeclass[c].size;
	}
	if (bins)
		check_bins(check, heap);
	if (bins)
		check_quarantine(check, heap);
	check->listed_bytes += ma_load_bytes(ma_heap_inbox_load(heap)) +
		(MA_HARDENED ? ma_load_bytes(ma_quarantine_load(heap)) : 0);
}

/* And find out whether only the calling thread has a heap that lives. */
static void
check_heaps(struct ma_check *check)
{
	const struct ma_heap *mine = ma_thread.heap;
	uint32_t last = ma_heap_last_number();
	for (uint32_t n = 1; n <= last; n++) {
		struct ma_heap *heap = ma_heap_number(n);
		bool bins;

		ma_lock_take(&heap->lock);
		bins = heap == mine || heap->state == MA_HEAP_ENDED;
		if (heap->state != MA_HEAP_LOST)
			check_heap(check, heap, bins);
		ma_lock_release(&heap->lock);
		check->alone = check->alone && bins;
	}
}

/*
 * H3 over all heaps.  A thread that was forked away in the middle of a hit
 * may have taken a block along, or a batch that it was sending.
 */
static void
check_sums(struct ma_check *check)
{
	size_t lost = (size_t)ma_pool_orphans() * (MA_SMALL_MAX * 2);

	if (check->marked_bytes >= check->listed_bytes &&
	    check->marked_bytes - check->listed_bytes <= lost)
		return;
	ma_check_failed(check, "H3", (void *)check->marked_bytes,
	                "bytes carry their mark, but not so many are listed");
}

static int
check_all(bool quiet)
{
	struct ma_check check = { .alone = true, .quiet = quiet };

	check_heaps(&check);
	check_quarantine(&check, NULL);
	ma_check_arena(&check);
	if (check.alone)
		check_sums(&check);
	return check.failures;
}

MA_EXPORT int
memalloc_check(void)
{
	int failures;

	if (check_all(true) == 0)
		return 0;
	ma_lock_take(&ma_pool_lock);
	failures = check_all(false);
	ma_lock_release(&ma_pool_lock);
	if (failures != 0)
		ma_error_set(MEMALLOC_ERR_CORRUPT);
	return failures;
}
