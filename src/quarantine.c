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

/* How many blocks of SIZE wait. */
static uint32_t
places_for(size_t size)
{
	return size <= 256 ? MA_QUARANTINE_PLACES : size <= 1024 ? 8 :
		size <= 4096 ? 4 : 1;
}

bool
ma_quarantine_make(struct ma_heap *heap)
{
	struct ma_quarantine *quarantine = heap->quarantine;

	if (quarantine != NULL)
		return true;
	quarantine = ma_meta_alloc(sizeof(*quarantine));
	if (quarantine == NULL)
		return false;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_quarantine_count *count = &quarantine->counts[c];
		uint32_t places = places_for(ma_sizeclass[c].size);

		count->size = ma_sizeclass[c].size;
		count->last = places - 1;
		count->room = places * (MA_QUARANTINE_READY /
		                        MA_QUARANTINE_PLACES);
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
		const struct ma_quarantine_row *row = &quarantine->rows[c];
		uint32_t n = quarantine->counts[c].ready;

		for (unsigned i = 0; i < MA_QUARANTINE_PLACES; i++)
			n += row->waiting[i] != 0;
		load += MA_LOAD(n, (uint64_t)n * ma_sizeclass[c].size);
	}
	return load;
}

static bool
is_sound(const struct ma_block *block, uint32_t size)
{
	return ma_block_is_intact(block, ma_secret_mark) &&
		ma_liveness_is_blank(block, size);
}

/* The first that was overwritten in ROW of blocks of SIZE, READY of them. */
static const void *
first_bad(const struct ma_quarantine_row *row, uint32_t ready, uint32_t size)
{
	for (uint32_t i = 0; i < ready; i++) {
		if (!is_sound(row->ready[i], size))
			return row->ready[i];
	}
	for (unsigned i = 0; i < MA_QUARANTINE_PLACES; i++) {
		const struct ma_block *block =
			ma_quarantine_block(row->waiting[i]);

		if (block != NULL && !is_sound(block, size))
			return block;
	}
	return NULL;
}

const void *
ma_quarantine_bad(const struct ma_heap *heap)
{
	const struct ma_quarantine *quarantine = heap->quarantine;
	const void *bad = NULL;

	for (unsigned c = 0; quarantine != NULL && c < MA_CLASSES &&
	     bad == NULL; c++)
		bad = first_bad(&quarantine->rows[c],
		                quarantine->counts[c].ready,
		                ma_sizeclass[c].size);
	return bad;
}

/* BLOCK of class C goes home, if it is another heap's; else in front of LIST,
   which is returned. */
static struct ma_block *
send_home(struct ma_heap *heap, unsigned c, struct ma_block *block,
          struct ma_block *list)
{
	uint32_t owner = ma_word_owner(ma_pagemap_word((uintptr_t)block));

	if (!ma_block_is_intact(block, heap->secret))
		ma_heap_die_overwritten(block, "free");
	if (owner != heap->number) {
		ma_remote_free(heap, block, owner, ma_sizeclass[c].size);
		return list;
	}
	ma_block_link(block, list, heap->secret);
	return block;
}

void
ma_quarantine_flush(struct ma_heap *heap, bool all)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_block *list = MA_BLOCK_END;

	for (unsigned c = 0; quarantine != NULL && c < MA_CLASSES; c++) {
		struct ma_quarantine_row *row = &quarantine->rows[c];
		uint32_t ready = quarantine->counts[c].ready;

		/* First of all: better lost in a child than there twice. */
		__atomic_store_n(&quarantine->counts[c].ready, 0,
		                 __ATOMIC_RELAXED);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		for (uint32_t i = 0; i < ready; i++)
			list = send_home(heap, c, row->ready[i], list);
		for (unsigned i = 0; all && i < MA_QUARANTINE_PLACES; i++) {
			uintptr_t word = row->waiting[i];

			__atomic_store_n(&row->waiting[i], 0,
			                 __ATOMIC_RELAXED);
			__atomic_signal_fence(__ATOMIC_SEQ_CST);
			if (word != 0)
				list = send_home(heap, c,
				                 ma_quarantine_block(word),
				                 list);
		}
	}
	ma_lock_take(&heap->lock);
	ma_heap_return_locked(heap, list);
	ma_lock_release(&heap->lock);
}

#endif /* MA_HARDENED */
