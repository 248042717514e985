/* SPDX-License-Identifier: MIT */
/*
 * quarantine.c - hardened build: where small blocks wait when they are freed.
 */
#include "base.h"

#include "meta.h"
#include "pagemap.h"
#include "quarantine.h"

#if MA_HARDENED

/* How many blocks of SIZE wait, and how many are ready at most: each thread has
   all these places. */
static uint16_t
waiting_of(size_t size)
{
	return size <= 256 ? 16 : size <= 1024 ? 8 : size <= 4096 ? 4 : 1;
}

static uint16_t
ready_of(size_t size)
{
	return size <= 256 ? 48 : waiting_of(size);
}

static size_t
all_places(void)
{
	size_t n = 0;

	for (unsigned c = 0; c < MA_CLASSES; c++)
		n += (size_t)waiting_of(ma_sizeclass[c].size) +
			ready_of(ma_sizeclass[c].size);
	return n;
}

bool
ma_quarantine_make(struct ma_heap *heap)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	uint16_t place = 0;

	if (quarantine != NULL)
		return true;
	quarantine = ma_meta_alloc(sizeof(*quarantine) +
	                           all_places() * sizeof(uintptr_t));
	if (quarantine == NULL)
		return false;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_quarantine_class *q = &quarantine->classes[c];

		q->size = (uint16_t)ma_sizeclass[c].size;
		q->last = (uint16_t)(waiting_of(q->size) - 1);
		q->waiting = place;
		q->ready = q->top = (uint16_t)(place + q->last + 1);
		q->end = place = (uint16_t)(q->ready + ready_of(q->size));
	}
	__atomic_store_n(&heap->quarantine, quarantine, __ATOMIC_RELEASE);
	return true;
}

struct ma_block *
ma_quarantine_add_guest(struct ma_heap *heap, unsigned c,
                        struct ma_block *block)
{
	if (!ma_quarantine_make(heap) || MA_WITHOUT_QUARANTINE)
		return block;
	return ma_quarantine_block(ma_quarantine_exchange(
		heap, c, (uintptr_t)block | MA_QUARANTINE_GUEST));
}

/* --- All of them -------------------------------------------------------- */

/* Figures of other threads may be those of different moments. */
MA_RACY_READ struct ma_load
ma_quarantine_load(const struct ma_heap *heap)
{
	const struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_load load = ma_load_of(0, 0);

	if (quarantine == NULL)
		return load;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];
		uint32_t n = 0;

		for (unsigned i = q->waiting; i < q->top; i++)
			n += quarantine->places[i] != 0;
		load = ma_load_plus(load, ma_load_of(
			n, (size_t)n * ma_sizeclass[c].size));
	}
	return load;
}

static uint32_t
owner_of(const struct ma_block *block)
{
	return ma_word_owner(ma_pagemap_word((uintptr_t)block));
}

/* Who is in *PLACE is there no longer, before it is anywhere else: better lost
   in a child than there twice. */
static void
leave(const struct ma_heap *heap, uintptr_t *place)
{
	const struct ma_block *block = ma_quarantine_block(*place);

	if (!ma_block_is_intact(block, heap->secret))
		ma_heap_die_overwritten(block, "free");
	__atomic_store_n(place, 0, __ATOMIC_RELAXED);
	ma_bin_order();
}

/* Other heaps' blocks, of SIZE, in places [FROM, END) go home. */
static void
send_home(struct ma_heap *heap, unsigned from, unsigned end, uint32_t size)
{
	for (unsigned i = from; i < end; i++) {
		uintptr_t *place = &heap->quarantine->places[i];
		struct ma_block *block = ma_quarantine_block(*place);
		uint32_t owner = block == NULL ? heap->number :
			owner_of(block);

		if (owner != heap->number) {
			leave(heap, place);
			ma_remote_free(heap, block, owner, size);
		}
	}
}

/* HEAP's own blocks in places [FROM, END) in front of LIST, which is returned;
   the lock is held, so no fork loses them. */
static struct ma_block *
gather_own(const struct ma_heap *heap, unsigned from, unsigned end,
           struct ma_block *list)
{
	for (unsigned i = from; i < end; i++) {
		uintptr_t *place = &heap->quarantine->places[i];
		struct ma_block *block = ma_quarantine_block(*place);

		if (block == NULL || owner_of(block) != heap->number)
			continue;
		leave(heap, place);
		ma_block_link(block, list, heap->secret);
		list = block;
	}
	return list;
}

/* After that: who is still ready moves up. */
static void
close_ranks(struct ma_quarantine *quarantine, struct ma_quarantine_class *q)
{
	uint16_t top = q->ready;

	for (unsigned i = q->ready; i < q->top; i++) {
		if (quarantine->places[i] != 0)
			quarantine->places[top++] = quarantine->places[i];
	}
	__atomic_store_n(&q->top, top, __ATOMIC_RELAXED);
}

void
ma_quarantine_return_locked(struct ma_heap *heap, bool all)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_block *list = MA_BLOCK_END;

	if (quarantine == NULL)
		return;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_quarantine_class *q = &quarantine->classes[c];

		list = gather_own(heap, all ? q->waiting : q->ready, q->top,
		                  list);
		close_ranks(quarantine, q);
	}
	ma_heap_return_locked(heap, list);
}

void
ma_quarantine_flush(struct ma_heap *heap)
{
	const struct ma_quarantine *quarantine = heap->quarantine;

	if (quarantine == NULL)
		return;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];

		send_home(heap, q->waiting, q->top, q->size);
	}
	ma_lock_take(&heap->lock);
	ma_quarantine_return_locked(heap, true);
	ma_lock_release(&heap->lock);
}

#endif /* MA_HARDENED */
