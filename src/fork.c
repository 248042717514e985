/* SPDX-License-Identifier: MIT */
/*
 * fork.c - every lock is free, or its holder's own, in the child.
 *
 * Before fork all locks are taken in the order of their ranks, heaps in the
 * order of their numbers, so that no other thread is in the middle of a slow
 * path.  In the child the heaps of the other threads go to the pool.
 *
 * Where fork is called in a signal handler that interrupted the allocator,
 * some locks are this thread's own: they are left as they are, since the
 * interrupted call goes on in both processes.  Another thread may then wait
 * for one of them while it holds one that is asked for here; so no lock is
 * waited for long, and what cannot be had is given up in the child: a heap
 * is lost with what is in it, but nothing hangs.
 */
#include "base.h"

#include <pthread.h>

#include "arena.h"
#include "meta.h"
#include "thread.h"

enum { LATE, POOL, ARENA, META, LOCKS };

/* In the order of their ranks; heaps come between POOL and ARENA. */
static struct ma_lock *const locks[LOCKS] = {
	&ma_thread_late_lock, &ma_pool_lock, &ma_arena.lock, &ma_meta_lock
};

/* Written by the thread that forks, between prepare and its end. */
static enum ma_fork_lock took[LOCKS];
static uint32_t heaps_locked;
static bool interrupted;

static enum ma_fork_lock
take_for_fork(struct ma_lock *lock)
{
	if (ma_lock_is_mine(lock))
		return MA_FORK_MINE;
	if (!interrupted) {
		ma_lock_take_next(lock);
		return MA_FORK_TOOK;
	}
	return ma_lock_try(lock) ? MA_FORK_TOOK : MA_FORK_MISSED;
}

static bool
holds_any(void)
{
	for (unsigned i = 0; i < LOCKS; i++)
		if (ma_lock_is_mine(locks[i]))
			return true;
	return ma_thread.heap != NULL &&
		ma_lock_is_mine(&ma_thread.heap->lock);
}

static void
take_all(void)
{
	ma_lock_finish_release();
	interrupted = holds_any();
	took[LATE] = take_for_fork(locks[LATE]);
	took[POOL] = take_for_fork(locks[POOL]);
	heaps_locked = ma_heap_last_number();
	for (uint32_t n = 1; n <= heaps_locked; n++) {
		struct ma_heap *heap = ma_heap_number(n);

		heap->fork_lock = take_for_fork(&heap->lock);
	}
	took[ARENA] = take_for_fork(locks[ARENA]);
	took[META] = take_for_fork(locks[META]);
}

static void
release_all(void)
{
	for (unsigned i = LOCKS; i-- > ARENA;)
		if (took[i] == MA_FORK_TOOK)
			ma_lock_release(locks[i]);
	for (uint32_t n = heaps_locked; n >= 1; n--) {
		struct ma_heap *heap = ma_heap_number(n);

		if (heap->fork_lock == MA_FORK_TOOK)
			ma_lock_release(&heap->lock);
	}
	for (unsigned i = ARENA; i-- > 0;)
		if (took[i] == MA_FORK_TOOK)
			ma_lock_release(locks[i]);
}

static void
child_after_fork(void)
{
	for (uint32_t n = 1; n <= heaps_locked; n++) {
		struct ma_heap *heap = ma_heap_number(n);

		if (heap->fork_lock == MA_FORK_MISSED) {
			heap->state = MA_HEAP_LOST;
			ma_lock_reset(&heap->lock);
		}
	}
	/* A pool that this thread itself is changing is left alone. */
	if (took[POOL] != MA_FORK_MINE)
		ma_pool_orphan_all(ma_thread.heap, took[POOL] == MA_FORK_TOOK);
	for (unsigned i = 0; i < LOCKS; i++)
		if (took[i] == MA_FORK_MISSED)
			ma_lock_reset(locks[i]);
	release_all();
}

void
ma_fork_setup(void)
{
	pthread_atfork(take_all, release_all, child_after_fork);
}
