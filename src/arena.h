/* SPDX-License-Identifier: MIT */
/*
 * arena.h - the address space of the heap: growing, taking, giving, trimming.
 *
 *   arena.c       taking and giving spans, joining and splitting
 *   arena_grow.c  more from the system: the break, or mappings instead
 *   arena_trim.c  back to the system: purging pages, lowering the break
 *   arena_huge.c  the register of huge blocks
 *   arena_thp.c   where huge pages are asked for
 *   arena_reserve.c  slices kept back for who is refused memory
 *   arena_spare.c  hardened: free spans that keep their guards
 *
 * The heap's address space is one range that starts and ends with the break,
 * earlier ranges of the break that foreign users of sbrk have cut off, ranges
 * that were mapped where the break could not grow, and huge blocks.  The page
 * map knows them all; there is no other list of them.
 *
 *   A1  Every covered slice whose word is not foreign is in exactly one span.
 *   A2  Free spans are in `bins`; `free` and `dirty` count their slices.
 *   A3  Slices from `break_end` on are not of the break's current range, if
 *       break_end is not 0.
 *   A4  While walkers are counted, no word that was not foreign loses its
 *       memory: the break is not lowered, nothing unmapped.
 */
#ifndef MA_ARENA_H
#define MA_ARENA_H

#include "base.h"
#include "lock.h"
#include "os.h"
#include "sizeclass.h"
#include "span.h"
#include "spanbin.h"

struct ma_arena {
	struct ma_lock lock;
	struct ma_spanbin bins;
	uintptr_t break_end;	/* multiple of a slice; 0 if there is none */
	/* Hardened: the highest break_end, and below it memory in which there
	   never was a block: nobody can have a stale pointer to it. */
	uintptr_t break_highest, new_from, new_to;
	size_t free;		/* slices of free spans */
	size_t dirty;		/* those of them not known to be zero */
	size_t used_peak;	/* the most slices in use so far */
	size_t small;		/* slices of small and starter spans */
	size_t fresh;		/* of them clean ones, since the last huge page
				   was asked for */
	uint32_t huge_borders;	/* between huge pages and others */
	struct ma_span *reserve;	/* or NULL */
	bool reserve_is_open;
	bool without_reserve;	/* there shall be none */
	size_t dirty_low;	/* the least dirty was since the last tick */
	uint32_t last_tick;	/* milliseconds, wrapped; atomic */
	/* Bytes; written under the lock, read by anybody. */
	size_t from_break, from_map;
	size_t peak;		/* of from_break + from_map */
	size_t purged;		/* given back so far */
	size_t huge_bytes, huge_bytes_peak;	/* of huge blocks */
	uint32_t huge, huge_peak;	/* their number */
	uint32_t walkers;	/* atomic, not under the lock */
};

MA_HIDDEN extern struct ma_arena ma_arena;

/*
 * Take a span of NSLICES for heap OWNER and bin BIN; kind is SMALL or
 * STARTER.  NULL if the system refuses.  The caller holds its heap's lock or
 * none.  Words are set, lists and counts are empty.
 */
MA_HIDDEN struct ma_span *
ma_arena_take(size_t nslices, uint32_t owner, unsigned bin,
              enum ma_span_kind kind);

/*
 * Take a large block of NSLICES at a multiple of ALIGNMENT (a power of two).
 * GROWS: it is expected to grow.  Its words tell which slices are dirty.
 */
MA_HIDDEN struct ma_span *
ma_arena_take_large(size_t nslices, size_t alignment, bool grows);

/* Give a span in use back; all its slices are dirty, or known to be zero. */
MA_HIDDEN void
ma_arena_give(struct ma_span *span);
MA_HIDDEN void
ma_arena_give_clean(struct ma_span *span);

/* --- arena_spare.c ------------------------------------------------------ */

/*
 * Hardened: who holds this may read the canary of any large block that is live
 * by its bit.  Such a block becomes free, or changes its size, under this
 * lock; it becomes live without.
 */
MA_HIDDEN extern struct ma_lock ma_arena_large_lock;

/*
 * Hardened: give a span back whose last page is its guard, or none.  It keeps
 * that, if it may.
 */
MA_HIDDEN void
ma_arena_give_guarded(struct ma_span *span);

/* The same for one that is zero but for its guard; but false, and it is still
   to be given back, if it cannot be kept as it is. */
MA_HIDDEN bool
ma_arena_keep_zeroed(struct ma_span *span);

/*
 * Under the lock: a span of NSLICES that kept its guard, for small blocks; or
 * one that is zero, as a large block.  NULL if there is none.
 */
MA_HIDDEN struct ma_span *
ma_arena_take_spare(size_t nslices);
MA_HIDDEN struct ma_span *
ma_arena_take_spare_large(size_t nslices);

/*
 * SPAN, a large or huge block by its record that is in nobody's hands, keeps
 * guards that the system did not take away, by its `guard`: in its last page,
 * or anywhere if they are marks or all of it is one.  It is tried again.
 */
MA_HIDDEN void
ma_arena_set_aside(struct ma_span *span);

/* All that are kept are kept no more. */
MA_HIDDEN void
ma_arena_drop_spares(void);

/*
 * Under the lock: the guards in NSLICES free slices from BASE on go; false if
 * one cannot.
 */
MA_HIDDEN bool
ma_arena_open(uintptr_t base, size_t nslices);

/*
 * Under the lock: the same for a free SPAN that is out of the bins, but a
 * guard at its very end stays, and `guard` tells of it.  False: SPAN is set
 * aside, until the system takes its guards away.
 */
MA_HIDDEN bool
ma_arena_open_span(struct ma_span *span);

/*
 * Under the lock: NSLICES from BASE on are free, and the GUARD at their end
 * stays if it is marked.
 */
MA_HIDDEN void
ma_arena_leave_guard(uintptr_t base, size_t nslices, unsigned guard);

/*
 * Under the lock: SPAN, the reserve, ends with a guard, if that can be a mark;
 * false if it can be the reserve no more.
 */
MA_HIDDEN bool
ma_arena_guard_reserve(struct ma_span *span);

/* Give a span of blocks back. */
MA_INLINE void
ma_arena_give_blocks(struct ma_span *span)
{
	if (MA_HARDENED)
		ma_arena_give_guarded(span);
	else
		ma_arena_give(span);
}

/* --- arena_thp.c -------------------------------------------------------- */

/* A large SPAN will be filled; false if it has no room for a huge page. */
MA_HIDDEN bool
ma_arena_ask_huge_pages(const struct ma_span *span);

/* Is the huge page around ADDRESS asked for?  Without the lock too. */
MA_HIDDEN bool
ma_arena_has_huge_page(uintptr_t address);

/* Would huge pages be asked for, if small spans grew into clean slices? */
MA_HIDDEN bool
ma_arena_wants_huge_pages(void);

/* They do: SPAN is one, of clean slices; ABOVE the free span above it. */
MA_HIDDEN void
ma_arena_note_fresh(const struct ma_span *span, const struct ma_span *above);

/* These bytes are purged: the system is not to have huge pages around them. */
MA_HIDDEN void
ma_arena_end_huge_pages(uintptr_t start, size_t nbytes);

/* These are no longer memory. */
MA_HIDDEN void
ma_arena_forget_huge_pages(uintptr_t start, size_t nbytes);

/* --- arena_reserve.c ---------------------------------------------------- */

#define MA_RESERVE_SLICES (((size_t)2 << 20) >> MA_SLICE_SHIFT)

/* A call is refused: what is set aside may be used, for small needs. */
MA_HIDDEN void
ma_arena_open_reserve(void);

/* The others are called under the lock. */

/* Shall there be a reserve, and is there none? */
MA_HIDDEN bool
ma_arena_wants_reserve(void);

/* Set one aside, if it is wanted and there are free slices for it. */
MA_HIDDEN void
ma_arena_set_reserve(void);

/*
 * The system gives no NSLICES for small blocks, or else for a large one: free
 * some of the reserve.  False if that does not help.
 */
MA_HIDDEN bool
ma_arena_serve_reserve(size_t nslices, bool small);

/* A span was given back: if that is enough, set the reserve aside again. */
MA_HIDDEN void
ma_arena_close_reserve(void);

/* Make all of it free. */
MA_HIDDEN void
ma_arena_drop_reserve(void);

/* ------------------------------------------------------------------------ */

/*
 * Make a large block longer or shorter where it is.  Longer: false if what
 * is above is in use and cannot be had.
 */
MA_HIDDEN bool
ma_arena_extend(struct ma_span *span, size_t nslices);
MA_HIDDEN void
ma_arena_shorten(struct ma_span *span, size_t nslices);

/*
 * Register a mapping of whole slices from START - BELOW (ma_arena_room_below)
 * on: it is a huge block of NBYTES from START on.  NULL if there is no memory
 * for its record.
 */
MA_HIDDEN struct ma_span *
ma_arena_add_huge(uintptr_t start, size_t nbytes, size_t below);

/* A huge block is no more: its mapping is given back, or kept until it is. */
MA_HIDDEN void
ma_arena_drop_huge(struct ma_span *span);

/*
 * A huge block of at least NBYTES, zero, on a mapping that was not to be given
 * back; NULL if none fits.
 */
MA_HIDDEN struct ma_span *
ma_arena_take_kept_huge(size_t nbytes, size_t alignment);

/* Try again to give back what mappings are kept. */
MA_HIDDEN void
ma_arena_drop_kept(void);

/* A huge block's mapping is now NBYTES long. */
MA_HIDDEN void
ma_arena_resize_huge(struct ma_span *span, size_t nbytes);

/*
 * Give free pages back, and lower the break to PAD bytes above the last span
 * in use.  Returns whether anything was given back.
 */
MA_HIDDEN bool
ma_arena_trim(size_t pad);

/* Between these two, walkers may read all memory that has a word. */
MA_HIDDEN void
ma_arena_walk_begin(void);
MA_HIDDEN void
ma_arena_walk_end(void);

/* In a child of fork: only the caller may still be walking. */
MA_HIDDEN void
ma_arena_forget_walkers(void);

/* Does a walker read?  Asked after words are made foreign, before the memory
   goes. */
MA_HIDDEN bool
ma_arena_walked(void);

/*
 * Hardened: so much more a mapping gets below what lies in it, at a multiple of
 * ALIGNMENT, that there is place for a guard.
 */
MA_INLINE size_t
ma_arena_room_below(size_t alignment)
{
	return MA_HARDENED && ma_os_guard_bytes() != 0 &&
		alignment <= MA_OS_HUGE_PAGE ? alignment : 0;
}

/* --- arena_free.c, under the lock --------------------------------------- */

/* Join [BASE, BASE + NSLICES), whose words are FREE, to the free spans. */
MA_HIDDEN void
ma_arena_insert_free(uintptr_t base, size_t nslices, size_t ndirty);

/* A free span out of the bins again, by its record. */
MA_HIDDEN void
ma_arena_remove_free(struct ma_span *span);

/*
 * A free span of at least NSLICES, out of the bins; NULL if there is none.
 * What grows gets the longest one, where it can go on growing in place.
 */
MA_HIDDEN struct ma_span *
ma_arena_take_free(size_t nslices, bool grows);

/*
 * SPAN, which is out of the bins, is cut to its first NSLICES; the rest goes
 * back to the bins.  SPAN stays free by its record.
 */
MA_HIDDEN void
ma_arena_cut_free(struct ma_span *span, size_t nslices);

/* The free span that starts at END; NULL if none may be joined. */
MA_HIDDEN struct ma_span *
ma_arena_free_above(uintptr_t end);

/* The free span that ends at the break; NULL if there is none. */
MA_HIDDEN struct ma_span *
ma_arena_top(void);

/* --- Among the files of the arena, under the lock ----------------------- */

/* After from_break or from_map has grown, and after dirty has shrunk. */
MA_HIDDEN void
ma_arena_note_peak(void);
MA_HIDDEN void
ma_arena_note_low(void);

/* A large block of NSLICES out of the free spans, NULL if there are none. */
MA_HIDDEN struct ma_span *
ma_arena_cut_large(size_t nslices);

/* Hardened: spans have at least so many slices, for the sake of the guards. */
#define MA_GUARDED_SLICES ((size_t)4)

/*
 * How many blocks a span of class C with NSLICES has.  In the hardened build
 * its last page is a guard; so there spans are longer, and where that page
 * would still take much a span has one more slice.
 */
MA_INLINE uint16_t
ma_arena_capacity(size_t nslices, unsigned c)
{
	const struct ma_sizeclass *class = &ma_sizeclass[c];
	size_t fit = (nslices * MA_SLICE_SIZE - ma_os_guard_bytes()) /
		class->size;

	return MA_HARDENED ? (uint16_t)fit : class->capacity;
}

MA_INLINE size_t
ma_arena_span_slices(unsigned c)
{
	size_t nslices = ma_sizeclass[c].slices;

	if (MA_HARDENED && nslices < MA_GUARDED_SLICES)
		return MA_GUARDED_SLICES;
	return nslices + (MA_HARDENED && nslices < MA_SPAN_SLICES_MAX &&
	                  ma_arena_capacity(nslices, c) <
	                  ma_sizeclass[c].capacity * 3 / 4);
}

/* The record of a span that is free no more: closed, and of no use yet. */
MA_HIDDEN void
ma_arena_clear_record(struct ma_span *span);

/* It is a large one from now on; of its words the bits of KEPT stay. */
MA_HIDDEN void
ma_arena_open_large(struct ma_span *span, uint32_t kept);

/*
 * Make a free span of NSLICES, of which there is none: AT_TOP, by raising the
 * break above the last span, or else in any way.  False if refused.
 */
MA_HIDDEN bool
ma_arena_grow(size_t nslices, bool at_top);

/* Take a kept mapping of NSLICES or more into the free slices; false if there
   is none. */
MA_HIDDEN bool
ma_arena_add_kept(size_t nslices);

/* Take a mapping into the free slices; DIRT is 0 or MA_WORD_DIRTY. */
MA_HIDDEN bool
ma_arena_add_free_map(uintptr_t start, size_t nslices, uint32_t dirt);

/*
 * Slices have come into use.  Those that were clean are about to become
 * resident: if with what lies idle that were more than was ever in use, so
 * much of the idle is purged.
 */
MA_HIDDEN void
ma_arena_note_used(bool clean);

/* Purge up to LIMIT dirty slices, longest spans first; returns how many. */
MA_HIDDEN size_t
ma_arena_purge(size_t limit);

/* Purge a part of what has been free for a while; called now and then. */
MA_HIDDEN void
ma_arena_decay(void);

/*
 * The same, without the lock; for slow paths that take and give no spans.
 * Returns what differs once a part of the decay time has passed.
 */
MA_HIDDEN uint32_t
ma_arena_tick(void);

/*
 * Purge what lies idle, as far as that takes no long time: what is copied by
 * fork costs a fault more in each process to write to than what was purged,
 * and counts as resident in both.
 */
MA_HIDDEN void
ma_arena_purge_before_fork(void);

/* Lower the break to PAD bytes above the last used span. */
MA_HIDDEN bool
ma_arena_lower(size_t pad);

#endif /* MA_ARENA_H */
