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

/*
 * Several threads may fork at once, and one that was interrupted goes on
 * without locks that another holds: so what is noted is under each lock.
 */
static void
take_for_fork(struct ma_lock *lock, bool interrupted)
{
	if (ma_lock_is_mine(lock))
		return;
	if (!interrupted)
		ma_lock_take_next(lock);
	else if (!ma_lock_try(lock))
		return;
	lock->for_fork = true;
}

static bool
is_taken_for_fork(const struct ma_lock *lock)
{
	return ma_lock_is_mine(lock) && lock->for_fork;
}

static void
release_for_fork(struct ma_lock *lock)
{
	if (is_taken_for_fork(lock)) {
		lock->for_fork = false;
		ma_lock_release(lock);
	}
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
	bool interrupted = holds_any();
	uint32_t last;

	ma_lock_finish_release();
	take_for_fork(locks[LATE], interrupted);
	take_for_fork(locks[POOL], interrupted);
	last = ma_heap_last_number();
	for (uint32_t n = 1; n <= last; n++)
		take_for_fork(&ma_heap_number(n)->lock, interrupted);
	take_for_fork(locks[ARENA], interrupted);
	take_for_fork(locks[META], interrupted);
}

static void
release_all(void)
{
	for (unsigned i = LOCKS; i-- > ARENA;)
		release_for_fork(locks[i]);
	for (uint32_t n = ma_heap_last_number(); n >= 1; n--)
		release_for_fork(&ma_heap_number(n)->lock);
	for (unsigned i = ARENA; i-- > 0;)
		release_for_fork(locks[i]);
}

static void
child_after_fork(void)
{
	uint32_t last = ma_heap_last_number();
	struct ma_lock *pool_lock = locks[POOL];

	for (uint32_t n = 1; n <= last; n++) {
		struct ma_heap *heap = ma_heap_number(n);

		if (!ma_lock_is_mine(&heap->lock)) {
			heap->state = MA_HEAP_LOST;
			ma_lock_reset(&heap->lock);
		}
	}
	/* A pool that this thread itself is changing is left alone. */
	if (!ma_lock_is_mine(pool_lock) || is_taken_for_fork(pool_lock))
		ma_pool_orphan_all(ma_thread.heap,
		                   is_taken_for_fork(pool_lock));
	for (unsigned i = 0; i < LOCKS; i++)
		if (!ma_lock_is_mine(locks[i]))
			ma_lock_reset(locks[i]);
	release_all();
}

void
ma_fork_setup(void)
{
	pthread_atfork(take_all, release_all, child_after_fork);
}
