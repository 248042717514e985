/* SPDX-License-Identifier: MIT */
/*
 * remote.c - blocks on their way home from threads that do not own them.
 *
 * The freeing thread gathers blocks of one owner in a batch, a list through
 * the blocks themselves, and pushes the whole list to the owner's inbox with
 * one atomic operation; the owner takes all that has arrived with one.  A
 * block whose span has been adopted meanwhile is sent on.  A heap without a
 * thread takes in nothing by itself: who sends it much does it for it, so that
 * what an ended thread left becomes free as others free it.
 *
 *   M1  The blocks of a batch or inbox carry their marks.
 *   M2  Only the holder of a heap's lock drains its inbox; anybody pushes.
 */
#include "base.h"

#include "count.h"
#include "heap.h"
#include "pagemap.h"

/* A batch is sent when it has so many blocks or bytes. */
#define BATCH_BLOCKS 128u
#define BATCH_BYTES 32768u
/* All batches of a heap have no more. */
#define BATCHED_BYTES 65536u
/* An ended heap is drained when so much waits for it. */
#define ENDED_BYTES 32768u

/* The inbox of OWNER gets the list from HEAD to TAIL, of LOAD. */
static void
push_inbox(uint32_t owner, struct ma_block *head, struct ma_block *tail,
           struct ma_load load)
{
	struct ma_heap *heap = ma_heap_number(owner);
	struct ma_block *old =
		__atomic_load_n(&heap->inbox, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		ma_count(MA_COUNT_REMOTE_ATOMICS);
	ma_load_add(&heap->inbox_load, load);
	do {
		ma_count(MA_COUNT_REMOTE_ATOMICS);
		ma_block_link(tail, old, heap->secret);
	} while (!__atomic_compare_exchange_n(&heap->inbox, &old, head, true,
	                                      __ATOMIC_RELEASE,
	                                      __ATOMIC_RELAXED));
}

/*
 * The batch is emptied before its list is sent: a fork between the two loses
 * blocks in the child, the other order would send them twice there.
 */
static void
send_batch(struct ma_heap *heap, struct ma_batch *batch)
{
	struct ma_block *head = batch->head;
	struct ma_load load = ma_load_of(batch->count, batch->nbytes);

	if (head == MA_BLOCK_END)
		return;
	heap->batched -= batch->nbytes;
	batch->head = MA_BLOCK_END;
	batch->count = 0;
	batch->nbytes = 0;
	ma_bin_order();
	push_inbox(batch->owner, head, batch->tail, load);
}

static bool
has_ended(const struct ma_heap *heap)
{
	return __atomic_load_n(&heap->state, __ATOMIC_RELAXED) ==
		MA_HEAP_ENDED;
}

/* No heap's lock is held. */
static void
drain_if_ended(uint32_t owner)
{
	struct ma_heap *heap = ma_heap_number(owner);

	if (ma_load_bytes(ma_heap_inbox_load(heap)) < ENDED_BYTES ||
	    !has_ended(heap) ||
	    !ma_lock_take_if_free(&heap->lock))
		return;
	/* With the lock it stays ended. */
	if (has_ended(heap))
		ma_remote_drain_locked(heap);
	ma_lock_release(&heap->lock);
}

/* BATCH is full, or all together are. */
static MA_NOINLINE void
send_full(struct ma_heap *heap, struct ma_batch *batch)
{
	if (heap->batched >= BATCHED_BYTES)
		ma_remote_send_all(heap);
	else
		send_batch(heap, batch);
	drain_if_ended(batch->owner);
}

/* BATCH is for OWNER from now on. */
static MA_NOINLINE void
readdress(struct ma_heap *heap, struct ma_batch *batch, uint32_t owner)
{
	send_batch(heap, batch);
	batch->owner = owner;
}

void
ma_remote_free_one(struct ma_block *block, uint32_t owner, uint32_t size)
{
	push_inbox(owner, block, block, ma_load_of(1, size));
}

/* Put BLOCK into HEAP's batch for OWNER, which is returned. */
MA_INLINE struct ma_batch *
add_to_batch(struct ma_heap *heap, struct ma_block *block, uint32_t owner,
             uint32_t size)
{
	struct ma_batch *batch = &heap->batches[owner % MA_BATCHES];

	if (MA_UNLIKELY(batch->owner != owner))
		readdress(heap, batch, owner);
	ma_block_link(block, batch->head, heap->secret);
	if (MA_UNLIKELY(batch->head == MA_BLOCK_END))
		batch->tail = block;
	ma_bin_order();
	batch->head = block;
	batch->count++;
	batch->nbytes += size;
	heap->batched += size;
	ma_count(MA_COUNT_REMOTE_FREES);
	return batch;
}

MA_INLINE bool
is_full(const struct ma_batch *batch)
{
	return MA_UNLIKELY(batch->count >= BATCH_BLOCKS) ||
		MA_UNLIKELY(batch->nbytes >= BATCH_BYTES);
}

void
ma_remote_free(struct ma_heap *heap, struct ma_block *block, uint32_t owner,
               uint32_t size)
{
	struct ma_batch *batch = add_to_batch(heap, block, owner, size);

	if (is_full(batch) || MA_UNLIKELY(heap->batched >= BATCHED_BYTES))
		send_full(heap, batch);
}

void
ma_remote_send_all(struct ma_heap *heap)
{
	for (unsigned i = 0; i < MA_BATCHES; i++)
		send_batch(heap, &heap->batches[i]);
}

/* The class of a block with WORD in its span. */
static unsigned
class_of(uint32_t word, const struct ma_block *block)
{
	unsigned c = ma_word_bin(word);
	uintptr_t a = (uintptr_t)block;
	uint32_t offset;

	if (c == MA_STARTER_BIN)
		c = ma_starter_class(ma_pagemap_head(word, a), a, &offset);
	return c;
}

void
ma_remote_recount(struct ma_heap *heap)
{
	heap->batched = 0;
	for (unsigned i = 0; i < MA_BATCHES; i++) {
		struct ma_batch *batch = &heap->batches[i];
		struct ma_block *block = batch->head;

		batch->count = 0;
		batch->nbytes = 0;
		for (; block != MA_BLOCK_END; block = ma_block_next(block)) {
			uint32_t word = ma_pagemap_word((uintptr_t)block);

			if (!ma_block_is_intact(block, heap->secret))
				ma_heap_die_overwritten(block, "malloc");
			batch->count++;
			batch->nbytes +=
				ma_sizeclass[class_of(word, block)].size;
			batch->tail = block;
		}
		heap->batched += batch->nbytes;
	}
}

/* BLOCK went to another owner while it was on its way to HEAP. */
static MA_NOINLINE void
forward(struct ma_heap *heap, struct ma_block *block, uint32_t owner,
        uint32_t size)
{
	struct ma_batch *batch = add_to_batch(heap, block, owner, size);

	if (is_full(batch))
		send_batch(heap, batch);
}

void
ma_remote_drain_locked(struct ma_heap *heap)
{
	struct ma_block *block, *next, *rest = MA_BLOCK_END;
	struct ma_load load = heap->drained_load;
	bool forwarded = false;

	ma_count(MA_COUNT_REMOTE_ATOMICS);
	block = __atomic_exchange_n(&heap->inbox, MA_BLOCK_END,
	                            __ATOMIC_ACQUIRE);
	for (; block != MA_BLOCK_END; block = next) {
		uint32_t word = ma_pagemap_word((uintptr_t)block);
		unsigned c = class_of(word, block);

		if (!ma_block_is_intact(block, heap->secret))
			ma_heap_die_overwritten(block, "malloc");
		next = ma_block_next(block);
		load = ma_load_plus(load, ma_load_of(1, ma_sizeclass[c].size));
		if (ma_word_owner(word) != heap->number) {
			forward(heap, block, ma_word_owner(word),
			        ma_sizeclass[c].size);
			forwarded = true;
		} else if (heap->bins.room[c] > 0) {
			ma_bin_push(&heap->bins, c, block, heap->secret);
		} else {
			ma_block_link(block, rest, heap->secret);
			rest = block;
		}
	}
	ma_load_write(&heap->drained_load, load);
	if (forwarded)
		ma_remote_send_all(heap);
	ma_heap_return_locked(heap, rest);
}
