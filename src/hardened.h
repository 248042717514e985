/* SPDX-License-Identifier: MIT */
/*
 * hardened.h - the hardened build: what is done to each block beyond the
 * default one.
 *
 * The heap beneath is the same.  A block that is handed out gets a canary and
 * a bit that tells it is live (liveness.h); it was zero before, or somebody
 * wrote to it after it was freed.  A block that is freed is zeroed and waits
 * in quarantine (quarantine.h) until, by chance, another takes its place
 * there.  Blocks of a span are carved in random order, a span ends with a guard
 * page, and so does a large block; a long one in quarantine is nothing but
 * guards.
 *
 *   Q2  A block that is live by its bit has its canary.
 */
#ifndef MA_HARDENED_H
#define MA_HARDENED_H

#include "base.h"

struct ma_heap;
struct ma_span;
struct ma_target;

/* ma_alloc_slow, for the program. */
MA_HIDDEN void *
ma_hardened_alloc(size_t nbytes, size_t alignment, bool zero,
              const char *function);

/* ma_free, for the program: blocks of the calling thread's heap at once. */
MA_HIDDEN void
ma_hardened_free(void *p, const char *function);

/* ma_release_core, some time: the live block at P, which T describes. */
MA_HIDDEN void
ma_hardened_release(const struct ma_target *t, void *p);

/*
 * Make the live block at P one of NBYTES; false if it has to move.  STAYS: no
 * memory could be had to make it smaller elsewhere.
 */
MA_HIDDEN bool
ma_hardened_resize(const struct ma_target *t, void *p, size_t nbytes,
                   bool stays);

/*
 * May a block of HAVE bytes be freed as one of SIZE and ALIGNMENT?  IS_NEW:
 * operator new made it, so of 1 byte for 0, and it may have rounded the size up
 * to the alignment; who deletes does not know.
 */
MA_HIDDEN bool
ma_hardened_fits(size_t have, size_t alignment, size_t size, bool is_new);

/*
 * REPORT each of HEAP's blocks in quarantine that was overwritten.  HEAP is the
 * calling thread's, or nobody's and locked.
 */
MA_HIDDEN void
ma_hardened_each_bad(const struct ma_heap *heap,
                     void (*report)(void *arg, const void *block), void *arg);

/* Let all go that is in quarantine: large blocks, and this thread's. */
MA_HIDDEN void
ma_hardened_flush(void);

/* --- hardened_large.c --------------------------------------------------- */

/* The last page of SPAN is to be a guard. */
MA_HIDDEN void
ma_hardened_guard_end(struct ma_span *span);

/*
 * The block in SPAN, of OLD bytes, is to have NBYTES, which are more, where it
 * lies; false if it cannot.  ma_arena_large_lock is held.
 */
MA_HIDDEN bool
ma_hardened_grow(struct ma_span *span, size_t old, size_t nbytes);

/* The block in SPAN, live no more, waits. */
MA_HIDDEN void
ma_hardened_retire_large(struct ma_span *span);

/* REPORT each of those that wait and can be written to, and was. */
MA_HIDDEN void
ma_hardened_each_bad_large(void (*report)(void *arg, const void *block),
                           void *arg);

/* The block in SPAN, free until now: is it zero as far as it was to be? */
MA_HIDDEN bool
ma_hardened_is_clean(const struct ma_span *span);

/* None waits any more. */
MA_HIDDEN void
ma_hardened_flush_large(void);

/* The block at P, free until FUNCTION was called, was written to. */
MA_HIDDEN MA_COLD _Noreturn void
ma_hardened_die_of_written(const void *p, const char *function,
                           size_t nbytes);

#endif /* MA_HARDENED_H */
