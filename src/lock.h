/* SPDX-License-Identifier: MIT */
/*
 * lock.h - a lock of one word, with a rank.
 *
 * Locks are taken in the order of their ranks; a thread never holds two of
 * one rank (but for fork, which takes all heap locks in the order of their
 * owners).  Debug builds assert both.
 *
 * The word that is taken names its holder, so that there is no instant at
 * which a lock is held by nobody known: a signal handler that forks must be
 * able to tell the locks of the call that it interrupted.
 *
 *   31                                1   0
 *  +----------------------------------+---+
 *  | number of the holder, 0: free    | W |    W: somebody may be waiting
 *  +----------------------------------+---+
 */
#ifndef MA_LOCK_H
#define MA_LOCK_H

#include "base.h"

enum ma_rank {
	MA_RANK_SETUP = 1,	/* the first call of the process */
	MA_RANK_LATE,		/* the heap that serves threads at their end */
	MA_RANK_POOL,		/* heaps of ended threads */
	MA_RANK_HEAP,		/* one thread's heap */
	MA_RANK_LARGE,		/* hardened: which large blocks are live */
	MA_RANK_ARENA,		/* free spans, the break, the page map */
	MA_RANK_META		/* memory for metadata */
};

struct ma_lock {
	uint32_t word;		/* atomic */
	uint32_t rank;		/* const */
};

#define MA_LOCK_INIT(rank) { 0, (rank) }

MA_HIDDEN void
ma_lock_take(struct ma_lock *lock);

/* The same for a further lock of a rank that is held already (fork). */
MA_HIDDEN void
ma_lock_take_next(struct ma_lock *lock);

MA_HIDDEN void
ma_lock_release(struct ma_lock *lock);

/* Take it if it is free now. */
MA_HIDDEN bool
ma_lock_take_if_free(struct ma_lock *lock);

/* Take it if it is free within a few milliseconds (fork). */
MA_HIDDEN bool
ma_lock_try(struct ma_lock *lock);

/* In a child: the lock of a thread that is gone is free again. */
MA_HIDDEN void
ma_lock_reset(struct ma_lock *lock);

/*
 * Where a signal handler interrupted a release between setting the lock free
 * and waking the next, or a wait that had just been woken, wake the next one:
 * it may hold what the handler's fork needs.
 */
MA_HIDDEN void
ma_lock_pass_on(void);

/* Does the calling thread hold it? */
MA_HIDDEN bool
ma_lock_is_mine(const struct ma_lock *lock);

/* Does any other thread? */
MA_HIDDEN bool
ma_lock_is_others(const struct ma_lock *lock);

/* The number of the calling thread: not 0, and no other's while it runs. */
MA_HIDDEN uint32_t
ma_lock_self(void);

#endif /* MA_LOCK_H */
