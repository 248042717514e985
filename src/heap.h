/* SPDX-License-Identifier: MIT */
/*
 * heap.h - a thread's heap: its bins, its spans, its inbox.
 *
 *   heap.c        refill, overflow, scavenge
 *   heap_spans.c  the spans of a heap: carving, returning blocks to them
 *   heap_starter.c  the first blocks of all bins, in one shared span
 *   heap_pool.c   making heaps, heaps of ended threads, adoption
 *   remote.c      frees by other threads
 *
 * The bins are their thread's alone and touched without lock.  All else is
 * under the heap's lock, which its thread takes on every slow path; nobody
 * else takes it while the thread lives, but fork and the search for a double
 * free.
 *
 *   H1  A span's owner is its heap's number, until it is adopted.
 *   H2  A small span with a free block is in its class's tree `partial`; one
 *       with none but uncarved ones in its list `fresh`; others in neither.
 *   H3  carved = live + free in the span + free in bins, batches, inboxes and
 *       quarantines;
 *       out is the sum of all but those free in the span.
 *       In a child of fork, what a thread that is gone was handling at that
 *       instant may be missing on the right.
 *   H4  A bin's cap is 0, or its usual one, or what a span holds if more.
 *   H5  At most one span in each tree has no block out, and `empty` names it.
 */
#ifndef MA_HEAP_H
#define MA_HEAP_H

#include "base.h"
#include "bin.h"
#include "load.h"
#include "lock.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "span.h"

/* Starter runs: a table of units of 512 bytes for one span. */
#define MA_STARTER_UNIT ((size_t)512)
#define MA_STARTER_SLICES 4
#define MA_STARTER_UNITS (MA_STARTER_SLICES * MA_SLICE_SIZE / MA_STARTER_UNIT)
#define MA_STARTER_CLASSES 88	/* those of up to 8 KiB */
/* In the table: class + 1 for a run's first unit, 0 for none; and for units
   behind the first their distance from it, with this. */
#define MA_STARTER_BEHIND 0x80u
/* A class whose starter blocks are freed this often deserves a span. */
#define MA_STARTER_FREES 48

/* The spans of one class that have free blocks, see H2 and H5. */
struct ma_span_lists {
	struct ma_span *partial;	/* a tree */
	struct ma_span *fresh;		/* a list */
	struct ma_span *empty;		/* of the tree, or NULL */
};

/* Remote frees on their way to one owner. */
struct ma_batch {
	struct ma_block *head, *tail;
	uint32_t owner;
	uint32_t count;
	uint32_t nbytes;
};
#define MA_BATCHES 16

_Static_assert(MA_BINS <= MA_WORD_BIN, "a bin number fits into a word");

enum ma_heap_state {
	MA_HEAP_LIVE,		/* has a thread */
	MA_HEAP_ENDED,		/* in the pool */
	MA_HEAP_ORPHAN,		/* in the pool, left so by fork: bins filled,
				   their counts not to be trusted */
	MA_HEAP_SHARED,		/* the late heap (thread.h) */
	MA_HEAP_LOST		/* forked away in the middle of a slow path */
};

struct ma_heap {
	/* All that the hit paths read but the bins: one cache line. */
	size_t fine_limit;	/* const: sizes up to here hit by arithmetic, */
	size_t small_limit;	/* const: and up to here by a table */
	uintptr_t secret;	/* const: copy of ma_secret_mark */
	struct ma_window window;	/* copy, once there is one */
	uint32_t identity;	/* const: number, as in the words */
	uint32_t number;	/* const: not 0 */
	struct ma_bins bins;

	struct ma_lock lock;
	uint32_t state;		/* enum ma_heap_state, under the pool lock */
	uint32_t thread;	/* LIVE: whose; lock.h, ma_lock_self */
	struct ma_heap *pool_next;	/* under the pool lock */

	size_t spans;		/* of SMALL kind */
	size_t span_bytes;
	size_t spans_scavenged;	/* from here growth counts (heap.c) */
	uint32_t slow_calls;	/* since batches were sent */
	uint32_t trims_seen;	/* of ma_heap_trims */
	uint32_t tick_seen;	/* of the arena */
	uint64_t random;	/* hardened: state */
	struct ma_quarantine *quarantine;	/* hardened, or NULL */
	uint64_t served;	/* calls, if options ask for counting */

	struct ma_span_lists lists[MA_CLASSES];

	struct ma_span *starter;
	size_t starter_out_bytes;		/* of blocks out of it */
	struct ma_block *parked[MA_STARTER_CLASSES];
	uint8_t runs[MA_STARTER_UNITS];

	struct ma_batch batches[MA_BATCHES];
	size_t batched;		/* bytes in all of them */
	struct ma_load drained_load;	/* atomic: of all that ever arrived */

	/* Where other threads push: a cache line of its own. */
	struct ma_block *inbox __attribute__((aligned(MA_CACHE_LINE)));
	struct ma_load inbox_load;	/* atomic: of all that was ever sent */
};

/*
 * How many blocks a bin holds before it returns some: as many as stay in the
 * processor's nearest caches until then, for to return a block is to read it
 * (decisions/0005); of large blocks not too many bytes.
 */
#define MA_CAP_BLOCKS 32
#define MA_CAP_BYTES 65536u

MA_INLINE int32_t
ma_heap_usual_cap(unsigned c)
{
	uint32_t size = ma_sizeclass[c].size;

	return size * MA_CAP_BLOCKS <= MA_CAP_BYTES ? MA_CAP_BLOCKS :
		(int32_t)(MA_CAP_BYTES / size);
}

/* Random numbers, for placement (hardened build): Knuth's multiplier, of whose
   products the highest bits are good. */
MA_INLINE uint32_t
ma_heap_random(struct ma_heap *heap)
{
	uint64_t x = heap->random * 6364136223846793005u +
		1442695040888963407u;

	heap->random = x;
	return (uint32_t)(x >> 32);
}

/* Numbers to heaps: tables of tables (heap_pool.c). */
MA_HIDDEN extern struct ma_heap **ma_heap_tables[];

/* What is in the inbox, or will be in a moment.  Read in this order, less never
   was sent than arrived. */
MA_INLINE struct ma_load
ma_heap_inbox_load(const struct ma_heap *heap)
{
	struct ma_load drained = ma_load_read(&heap->drained_load);

	return ma_load_minus(ma_load_read(&heap->inbox_load), drained);
}

/* Limits of 0, no window, no identity: the heap of threads that have none. */
MA_HIDDEN extern struct ma_heap ma_heap_none;

/* Counts the calls of memalloc_trim: each heap obeys at its next slow path. */
MA_HIDDEN extern uint32_t ma_heap_trims;

/* --- heap.c: for the thread of HEAP ------------------------------------- */

/*
 * A block of bin C, which is empty: refill it first.  If not EXACT, a block
 * of C's leader will do.  NULL if the system refuses.
 */
MA_HIDDEN MA_COLD void *
ma_heap_alloc(struct ma_heap *heap, unsigned c, bool exact,
              const char *function);

/* Put a block into bin C, which may have no room. */
MA_HIDDEN MA_COLD void
ma_heap_put(struct ma_heap *heap, unsigned c, struct ma_block *block);

/* Take the lock and flush all bins, inbox and batches. */
MA_HIDDEN void
ma_heap_flush(struct ma_heap *heap);

/* The same with the lock held; caps start again from nothing. */
MA_HIDDEN void
ma_heap_scavenge_locked(struct ma_heap *heap);

/* FUNCTION has found the free BLOCK overwritten: does not return. */
MA_HIDDEN MA_COLD _Noreturn void
ma_heap_die_overwritten(const struct ma_block *block, const char *function);

/*
 * BLOCK is in a list twice, since what tells a second free was overwritten
 * between the two: does not return.
 */
MA_HIDDEN MA_COLD _Noreturn void
ma_heap_die_twice(const struct ma_block *block);

/* --- heap_spans.c: with the lock held ----------------------------------- */

/* Return a list of blocks, of any spans of this heap, to them. */
MA_HIDDEN void
ma_heap_return_locked(struct ma_heap *heap, struct ma_block *list);

/* Fill an empty bin from the best span; false if there is none. */
MA_HIDDEN bool
ma_heap_fill_partial(struct ma_heap *heap, unsigned c);
MA_HIDDEN bool
ma_heap_fill_fresh(struct ma_heap *heap, unsigned c);

/*
 * Make COUNT blocks (not 0) of SPAN, from BASE on, free ones, one list: in the
 * order of addresses, or in the hardened build in a random one.
 */
MA_HIDDEN struct ma_block *
ma_heap_carve(struct ma_heap *heap, const struct ma_span *span, uintptr_t base,
              uint32_t count, uint32_t size);

/* Take a span of HEAP's into its lists, or out of them. */
MA_HIDDEN void
ma_heap_link_span(struct ma_heap *heap, struct ma_span *span);
MA_HIDDEN void
ma_heap_unlink_span(struct ma_heap *heap, struct ma_span *span);

/* Give back the spans of which no block is out. */
MA_HIDDEN void
ma_heap_release_empty(struct ma_heap *heap);

/* A list of COUNT blocks becomes that of an empty bin. */
MA_HIDDEN void
ma_heap_load_bin(struct ma_heap *heap, unsigned c, struct ma_block *list,
                 uint32_t count);

/* --- heap_starter.c: with the lock held --------------------------------- */

/* Fill an empty bin from a new run; false if class C is not for it. */
MA_HIDDEN bool
ma_starter_fill(struct ma_heap *heap, unsigned c);

/* Fill an empty bin from blocks that were put aside. */
MA_HIDDEN bool
ma_starter_fill_parked(struct ma_heap *heap, unsigned c);

/* Put a free, marked block of a starter span aside. */
MA_HIDDEN void
ma_starter_park(struct ma_heap *heap, struct ma_block *block);

/* Give back the span if no block is out of it. */
MA_HIDDEN void
ma_starter_release(struct ma_heap *heap);

/* How many units a run of class C has: blocks of 1 KiB, or one block. */
MA_INLINE size_t
ma_starter_run_units(unsigned c)
{
	size_t size = ma_sizeclass[c].size;

	return size <= 128 ? 1 : size <= 1024 ? 2 :
		(size + MA_STARTER_UNIT - 1) / MA_STARTER_UNIT;
}

/* How many blocks it has. */
MA_INLINE uint32_t
ma_starter_run_blocks(unsigned c)
{
	return (uint32_t)(ma_starter_run_units(c) * MA_STARTER_UNIT) /
		ma_sizeclass[c].size;
}

/* The class of the run whose first unit has the table's entry RUN; MA_CLASSES
   if it is not a first unit. */
MA_INLINE unsigned
ma_starter_run_class(uint8_t run)
{
	return run == 0 || run > MA_STARTER_CLASSES ? MA_CLASSES : run - 1u;
}

/* --- heap_starter.c: without it ----------------------------------------- */

/*
 * The class of ADDRESS in a starter span; MA_CLASSES if no block covers it.
 * *OFFSET is how far it lies behind the start of its run.
 */
MA_HIDDEN unsigned
ma_starter_class(const struct ma_span *span, uintptr_t address,
                 uint32_t *offset);

/* --- heap_pool.c -------------------------------------------------------- */

MA_HIDDEN extern struct ma_lock ma_pool_lock;

/* A heap for a new thread, of an ended one or new; NULL if refused. */
MA_HIDDEN struct ma_heap *
ma_pool_get(void);

/* One for all threads without: there is one even if no memory can be had. */
MA_HIDDEN struct ma_heap *
ma_pool_get_shared(void);

/* The thread of HEAP ends. */
MA_HIDDEN void
ma_pool_put(struct ma_heap *heap);

/* Adopt a span of class C for HEAP; its lock is not held. */
MA_HIDDEN bool
ma_pool_adopt(struct ma_heap *heap, unsigned c);

/* Drain the inboxes of ended heaps, give back what is empty. */
MA_HIDDEN void
ma_pool_trim(void);

/* Heap NUMBER, NULL if there is none; heaps are never unmade. */
MA_HIDDEN struct ma_heap *
ma_heap_number(uint32_t number);

/* The highest number so far. */
MA_HIDDEN uint32_t
ma_heap_last_number(void);

/*
 * In a child: every heap but the caller's has lost its thread.  If the pool
 * itself was forked away in the middle of a change, it is forgotten first.
 */
MA_HIDDEN void
ma_pool_orphan_all(bool pool_is_whole);

/* How many heaps have lost their threads so, ever. */
MA_HIDDEN uint32_t
ma_pool_orphans(void);

/* --- remote.c ----------------------------------------------------------- */

/* A block of SIZE goes to its owner, by a batch of HEAP or at once. */
MA_HIDDEN void
ma_remote_free(struct ma_heap *heap, struct ma_block *block, uint32_t owner,
               uint32_t size);
MA_HIDDEN void
ma_remote_free_one(struct ma_block *block, uint32_t owner, uint32_t size);

/* The counts of HEAP's batches are made again, by their lists. */
MA_HIDDEN void
ma_remote_recount(struct ma_heap *heap);

/* Send all batches of HEAP. */
MA_HIDDEN void
ma_remote_send_all(struct ma_heap *heap);

/* Take in what has arrived; the lock is held. */
MA_HIDDEN void
ma_remote_drain_locked(struct ma_heap *heap);

#endif /* MA_HEAP_H */
