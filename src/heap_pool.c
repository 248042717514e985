/* SPDX-License-Identifier: MIT */
/*
 * heap_pool.c - making heaps; heaps of ended threads; adoption.
 *
 * A heap outlives its thread: its blocks may live on, and its inbox may be
 * written to.  It waits in the pool until a new thread takes it as it is, or
 * threads that need spans adopt its spans one by one.
 *
 *   L1  A heap in the pool has empty bins and batches, and no block of its own
 *       is ready in its quarantine (but orphans).
 *   L2  Heaps in the pool change under the pool lock and their own, taken in
 *       this order; so handing one out and adopting from it exclude each
 *       other.
 *   L3  A span's words name its new owner before that owner's lists do.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "heap.h"
#include "meta.h"
#include "pagemap.h"
#include "quarantine.h"
#include "spantree.h"

/* Heaps looked at for one adoption. */
#define ADOPTION_LOOKS 8

/* Numbers to heaps: a table of tables, made on demand. */
#define TABLE_SHIFT 6
#define TABLE_SIZE (1u << TABLE_SHIFT)

struct ma_lock ma_pool_lock = MA_LOCK_INIT(MA_RANK_POOL);

MA_BEHIND struct ma_heap **ma_heap_tables[MA_OWNERS >> TABLE_SHIFT];
static struct ma_heap *first_table[TABLE_SIZE];
/* Where not even a heap can be made, threads share this one. */
static struct ma_heap last_resort;
static uint32_t last_number;
static uint32_t orphans;
static struct ma_heap *pool;	/* read without the lock to see if empty */

struct ma_heap *
ma_heap_number(uint32_t number)
{
	struct ma_heap **table;

	if (number >= MA_OWNERS)
		return NULL;
	table = __atomic_load_n(&ma_heap_tables[number >> TABLE_SHIFT],
	                        __ATOMIC_ACQUIRE);
	return table == NULL ? NULL :
		__atomic_load_n(&table[number % TABLE_SIZE],
		                __ATOMIC_ACQUIRE);
}

uint32_t
ma_heap_last_number(void)
{
	return __atomic_load_n(&last_number, __ATOMIC_ACQUIRE);
}

static void
init_heap(struct ma_heap *heap, uint32_t number)
{
	heap->number = number;
	heap->identity = ma_word_make(number, 0, 0);
	heap->fine_limit = MA_FINE_MAX;
	heap->small_limit = MA_SMALL_MAX;
	heap->window = ma_pagemap_window();
	heap->secret = ma_secret_mark;
	heap->random = ma_secret_place ^ (uintptr_t)heap;
	heap->lock.rank = MA_RANK_HEAP;
	heap->tick_seen = ma_arena_tick();
	heap->trims_seen = __atomic_load_n(&ma_heap_trims, __ATOMIC_RELAXED);
	heap->inbox = MA_BLOCK_END;
	for (unsigned c = 0; c < MA_BINS; c++)
		heap->bins.head[c] = MA_BLOCK_END;
	for (unsigned c = 0; c < MA_STARTER_CLASSES; c++)
		heap->parked[c] = MA_BLOCK_END;
	for (unsigned i = 0; i < MA_BATCHES; i++)
		heap->batches[i].head = MA_BLOCK_END;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		heap->bins.reciprocal[c] = ma_sizeclass[c].reciprocal;
		heap->bins.below[c] = ma_sizeclass[c].below;
	}
}

/* Where the next number's heap is to be named; NULL if there is no room. */
static struct ma_heap **
next_entry(void)
{
	uint32_t number = last_number + 1;
	struct ma_heap ***table = &ma_heap_tables[number >> TABLE_SHIFT];

	if (number >= MA_OWNERS)
		return NULL;
	if (*table == NULL) {
		struct ma_heap **fresh = number < TABLE_SIZE ? first_table :
			ma_meta_alloc(TABLE_SIZE * sizeof(*fresh));

		if (fresh == NULL)
			return NULL;
		__atomic_store_n(table, fresh, __ATOMIC_RELEASE);
	}
	return &(*table)[number % TABLE_SIZE];
}

/* HEAP becomes the next one, which ENTRY names; the pool lock is held. */
static void
add_heap(struct ma_heap *heap, struct ma_heap **entry)
{
	init_heap(heap, last_number + 1);
	__atomic_store_n(entry, heap, __ATOMIC_RELEASE);
	__atomic_store_n(&last_number, last_number + 1, __ATOMIC_RELEASE);
}

/* A new heap; the pool lock is held. */
static struct ma_heap *
make_heap(void)
{
	struct ma_heap **entry = next_entry();
	struct ma_heap *heap = entry == NULL ? NULL :
		ma_meta_alloc(sizeof(*heap));

	if (heap != NULL)
		add_heap(heap, entry);
	return heap;
}

/* Read without lock by who sends blocks there. */
static void
set_state(struct ma_heap *heap, enum ma_heap_state state)
{
	__atomic_store_n(&heap->state, state, __ATOMIC_RELAXED);
}

/*
 * The thread of an orphan was forked away in the middle of anything: its
 * lists are valid, its counts are made again.
 */
static void
recover_orphan(struct ma_heap *heap)
{
	if (MA_HARDENED)
		ma_quarantine_return_locked(heap, false);
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_block *list = heap->bins.head[c];

		heap->bins.head[c] = MA_BLOCK_END;
		heap->bins.cap[c] = heap->bins.room[c] = 0;
		ma_heap_return_locked(heap, list);
	}
	ma_remote_recount(heap);
	ma_remote_send_all(heap);
	set_state(heap, MA_HEAP_ENDED);
}

struct ma_heap *
ma_pool_get(void)
{
	struct ma_heap *heap;

	ma_lock_take(&ma_pool_lock);
	heap = pool;
	if (heap != NULL) {
		__atomic_store_n(&pool, heap->pool_next, __ATOMIC_RELAXED);
		ma_lock_take(&heap->lock);
		if (heap->state == MA_HEAP_ORPHAN)
			recover_orphan(heap);
		set_state(heap, MA_HEAP_LIVE);
		ma_lock_release(&heap->lock);
	} else {
		heap = make_heap();
	}
	/* Before the lock is free: a fork must find out whose it is. */
	if (heap != NULL)
		heap->thread = ma_lock_self();
	ma_lock_release(&ma_pool_lock);
	return heap;
}

struct ma_heap *
ma_pool_get_shared(void)
{
	struct ma_heap *heap = ma_pool_get(), **entry;

	if (heap == NULL) {
		ma_lock_take(&ma_pool_lock);
		if (last_resort.number == 0 &&
		    (entry = next_entry()) != NULL) {
			heap = &last_resort;
			add_heap(heap, entry);
		}
		ma_lock_release(&ma_pool_lock);
	}
	if (heap != NULL) {
		ma_lock_take(&heap->lock);
		set_state(heap, MA_HEAP_SHARED);
		ma_lock_release(&heap->lock);
	}
	return heap;
}

static void
push_pool(struct ma_heap *heap, enum ma_heap_state state)
{
	set_state(heap, state);
	heap->pool_next = pool;
	__atomic_store_n(&pool, heap, __ATOMIC_RELAXED);
}

void
ma_pool_put(struct ma_heap *heap)
{
	ma_heap_flush(heap);
	/* The next thread may want other classes. */
	memset(heap->bins.borrowed, 0, sizeof(heap->bins.borrowed));
	ma_lock_take(&ma_pool_lock);
	/* Whose holder may look into the bins of an ended heap. */
	ma_lock_take(&heap->lock);
	push_pool(heap, MA_HEAP_ENDED);
	ma_lock_release(&heap->lock);
	ma_lock_release(&ma_pool_lock);
}

void
ma_pool_orphan_all(bool pool_is_whole)
{
	uint32_t self = ma_lock_self();

	if (!pool_is_whole)
		pool = NULL;
	for (uint32_t i = 1; i <= last_number; i++) {
		struct ma_heap *heap = ma_heap_number(i);

		if (heap->state == MA_HEAP_LIVE && heap->thread != self) {
			push_pool(heap, MA_HEAP_ORPHAN);
			orphans++;
		}
	}
}

uint32_t
ma_pool_orphans(void)
{
	return orphans;
}

/* Take a span of class C with room out of an ended heap, NULL if none. */
static struct ma_span *
detach_span(struct ma_heap *ended, unsigned c, uint32_t new_owner)
{
	struct ma_span *span = NULL;

	ma_lock_take(&ended->lock);
	if (ended->state == MA_HEAP_ORPHAN)
		recover_orphan(ended);
	if (__atomic_load_n(&ended->inbox, __ATOMIC_RELAXED) !=
	    MA_BLOCK_END)
		ma_remote_drain_locked(ended);
	span = ma_spantree_first(ended->lists[c].partial);
	if (span == NULL)
		span = ended->lists[c].fresh;
	if (span != NULL) {
		ma_heap_unlink_span(ended, span);
		__atomic_store_n(&span->owner, new_owner, __ATOMIC_RELAXED);
		ma_pagemap_set_owner(span, new_owner, c);
	}
	ma_lock_release(&ended->lock);
	return span;
}

bool
ma_pool_adopt(struct ma_heap *heap, unsigned c)
{
	struct ma_span *span = NULL;
	struct ma_heap *ended;

	if (__atomic_load_n(&pool, __ATOMIC_RELAXED) == NULL)
		return false;
	ma_lock_take(&ma_pool_lock);
	ended = pool;
	for (int i = 0; i < ADOPTION_LOOKS && ended != NULL && span == NULL;
	     i++, ended = ended->pool_next)
		span = detach_span(ended, c, heap->number);
	/* Before the pool lock is free: a fork finds it in one heap or the
	   other. */
	if (span != NULL) {
		ma_lock_take(&heap->lock);
		ma_heap_link_span(heap, span);
		ma_lock_release(&heap->lock);
	}
	ma_lock_release(&ma_pool_lock);
	return span != NULL;
}

void
ma_pool_trim(void)
{
	ma_lock_take(&ma_pool_lock);
	for (struct ma_heap *heap = pool; heap != NULL;
	     heap = heap->pool_next) {
		ma_lock_take(&heap->lock);
		if (heap->state == MA_HEAP_ORPHAN)
			recover_orphan(heap);
		ma_remote_drain_locked(heap);
		ma_heap_scavenge_locked(heap);
		ma_starter_release(heap);
		ma_lock_release(&heap->lock);
	}
	ma_lock_release(&ma_pool_lock);
	if (MA_HARDENED)
		ma_arena_drop_spares();
	ma_arena_drop_kept();
}
