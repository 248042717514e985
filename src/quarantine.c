/* SPDX-License-Identifier: MIT */
/*
 * quarantine.c - hardened build: where small blocks wait when they are freed.
 */
#include "base.h"

#include "liveness.h"
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
MA_RACY_READ uint64_t
ma_quarantine_load(const struct ma_heap *heap)
{
	const struct ma_quarantine *quarantine = heap->quarantine;
	uint64_t load = 0;

	if (quarantine == NULL)
		return 0;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];
		uint32_t n = 0;

		for (unsigned i = q->waiting; i < q->top; i++)
			n += quarantine->places[i] != 0;
		load += MA_LOAD(n, (uint64_t)n * ma_sizeclass[c].size);
	}
	return load;
}

const void *
ma_quarantine_bad(const struct ma_heap *heap)
{
	const struct ma_quarantine *quarantine = heap->quarantine;

	for (unsigned c = 0; quarantine != NULL && c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];

		for (unsigned i = q->waiting; i < q->top; i++) {
			const struct ma_block *block =
				ma_quarantine_block(quarantine->places[i]);

			if (block != NULL &&
			    (!ma_block_is_intact(block, ma_secret_mark) ||
			     !ma_liveness_is_blank(block, q->size)))
				return block;
		}
	}
	return NULL;
}

/* Who waits or is ready in PLACE is there no longer: better lost in a child
   than there twice. */
static struct ma_block *
leave(const struct ma_heap *heap, uintptr_t *place)
{
	struct ma_block *block = ma_quarantine_block(*place);

	if (!ma_block_is_intact(block, heap->secret))
		ma_heap_die_overwritten(block, "free");
	__atomic_store_n(place, 0, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return block;
}

static uint32_t
owner_of(uintptr_t word)
{
	return ma_word_owner(ma_pagemap_word(
		(uintptr_t)ma_quarantine_block(word)));
}

/* Other heaps' blocks among places [FROM, END) for blocks of SIZE go home. */
static void
send_guests(struct ma_heap *heap, unsigned from, unsigned end, uint32_t size)
{
	uintptr_t *places = heap->quarantine->places;

	for (unsigned i = from; i < end; i++) {
		uint32_t owner = places[i] == 0 ? heap->number :
			owner_of(places[i]);

		if (owner != heap->number)
			ma_remote_free(heap, leave(heap, &places[i]), owner,
			               size);
	}
}

void
ma_quarantine_flush(struct ma_heap *heap, bool all)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_block *list = MA_BLOCK_END;

	if (quarantine == NULL)
		return;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];

		send_guests(heap, all ? q->waiting : q->ready, q->top,
		            q->size);
	}
	/* So that no fork comes between. */
	ma_lock_take(&heap->lock);
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_quarantine_class *q = &quarantine->classes[c];

		for (unsigned i = all ? q->waiting : q->ready; i < q->top;
		     i++) {
			struct ma_block *block;

			if (quarantine->places[i] == 0)
				continue;
			block = leave(heap, &quarantine->places[i]);
			ma_block_link(block, list, heap->secret);
			list = block;
		}
		q->top = q->ready;
	}
	ma_heap_return_locked(heap, list);
	ma_lock_release(&heap->lock);
}

#endif /* MA_HARDENED */
