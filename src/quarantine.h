/* SPDX-License-Identifier: MIT */
/*
 * quarantine.h - hardened build: where small blocks wait when they are freed.
 *
 *   free --> waiting: up to 16 places --> ready: up to 48, --> malloc
 *            of a class, by chance        the newest first
 *                                            |
 *                                            +--> the bin, when full
 *
 * All are arrays apart from the blocks, so nothing that is written to a free
 * block tells which one comes next.  A block in them is free by its mark, and
 * out of its span by its span's count.  Starter blocks and those of other
 * heaps, which come and go the long way, wait as guests: a place's lowest bit
 * tells.  They are never ready, or they would go that way for ever.  (A block
 * whose span was adopted since it came may be; it goes home when it is freed
 * the next time.)
 *
 *   Q1  A small block in quarantine is zero but for its link and mark, which
 *       are those of a list with this one block; so is each other free one.
 */
#ifndef MA_QUARANTINE_H
#define MA_QUARANTINE_H

#include "base.h"
#include "heap.h"

#define MA_QUARANTINE_GUEST ((uintptr_t)1)

/* Of one class: the numbers of its places.  Only the heap's thread changes
   it; others read it. */
struct ma_quarantine_class {
	uint16_t size;		/* of a block */
	uint16_t waiting;	/* the first place to wait */
	uint16_t last;		/* how many follow; a power of two less 1 */
	uint16_t ready;		/* the first of who is ready */
	uint16_t top;		/* behind the newest */
	uint16_t end;		/* behind the last place */
} __attribute__((aligned(16)));

struct ma_quarantine {
	struct ma_quarantine_class classes[MA_CLASSES];
	uintptr_t places[];	/* 0: nobody */
};

/* HEAP is to have one; false if there is no memory for it.  Threads that free
   nothing need none. */
MA_HIDDEN bool
ma_quarantine_make(struct ma_heap *heap);

/* WORD comes to wait among class C; what comes out, or 0. */
MA_INLINE uintptr_t
ma_quarantine_exchange(struct ma_heap *heap, unsigned c, uintptr_t word)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	const struct ma_quarantine_class *q = &quarantine->classes[c];
	uintptr_t *place = &quarantine->places[q->waiting +
		(ma_heap_random(heap) & q->last)], out = *place;

	/* A block is free as a whole before it waits. */
	ma_bin_order();
	__atomic_store_n(place, word, __ATOMIC_RELAXED);
	return out;
}

MA_INLINE struct ma_block *
ma_quarantine_block(uintptr_t word)
{
	return (struct ma_block *)(word & ~MA_QUARANTINE_GUEST);
}

/*
 * BLOCK of class C, which lies in a span of HEAP's, waits; who comes out for it
 * is ready.  Returns one for whom there is no room, or a guest, or NULL.  HEAP
 * has a quarantine.
 */
MA_INLINE struct ma_block *
ma_quarantine_pass(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_quarantine_class *q = &quarantine->classes[c];
	uintptr_t out = (uintptr_t)block;
	uint16_t top = q->top;

	if (!MA_WITHOUT_QUARANTINE)
		out = ma_quarantine_exchange(heap, c, out);
	if (MA_UNLIKELY(out == 0) || MA_UNLIKELY(out & MA_QUARANTINE_GUEST) ||
	    MA_UNLIKELY(top >= q->end))
		return ma_quarantine_block(out);
	__atomic_store_n(&quarantine->places[top], out, __ATOMIC_RELAXED);
	/* A fork at any moment leaves one to the child that is there. */
	ma_bin_order();
	__atomic_store_n(&q->top, (uint16_t)(top + 1), __ATOMIC_RELAXED);
	return NULL;
}

/* A block of class C that is ready, as it is; NULL if none is. */
MA_INLINE struct ma_block *
ma_quarantine_take(struct ma_heap *heap, size_t c)
{
	struct ma_quarantine *quarantine = heap->quarantine;
	struct ma_quarantine_class *q;
	uint16_t top;

	if (MA_UNLIKELY(quarantine == NULL))
		return NULL;
	q = &quarantine->classes[c];
	top = q->top;
	if (MA_UNLIKELY(top == q->ready))
		return NULL;
	top--;
	__atomic_store_n(&q->top, top, __ATOMIC_RELAXED);
	ma_bin_order();
	/* Nobody, where a signal handler came into a flush. */
	return (struct ma_block *)quarantine->places[top];
}

/* BLOCK of class C waits as a guest; who comes out, or NULL.  Of two threads
   without a heap of their own each has the late one locked. */
MA_HIDDEN struct ma_block *
ma_quarantine_add_guest(struct ma_heap *heap, unsigned c,
                        struct ma_block *block);

/* The load in HEAP's. */
MA_HIDDEN struct ma_load
ma_quarantine_load(const struct ma_heap *heap);

/* HEAP's own blocks that are ready, and if ALL those that wait, are free in
   their spans again; the lock is held. */
MA_HIDDEN void
ma_quarantine_return_locked(struct ma_heap *heap, bool all);

/* The same, all, for HEAP's thread; other heaps' blocks go home. */
MA_HIDDEN void
ma_quarantine_flush(struct ma_heap *heap);

#endif /* MA_QUARANTINE_H */
