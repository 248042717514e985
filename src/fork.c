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
 * for one of them while it holds one of a rank that is not higher; so those
 * are not waited for long, and what cannot be had is given up in the child:
 * a heap is lost with what is in it, but nothing hangs.
 *
 * Threads may fork at the same time, and be interrupted by a handler that
 * forks while they do: what each has taken is its own to know.
 */
#include "base.h"

#include <pthread.h>

#include "arena.h"
#include "meta.h"
#include "thread.h"

enum { LATE, POOL, LARGE, ARENA, META, LOCKS };

/* In the order of their ranks; heaps come between POOL and LARGE. */
static struct ma_lock *const locks[LOCKS] = {
	&ma_thread_late_lock, &ma_pool_lock, &ma_arena_large_lock,
	&ma_arena.lock, &ma_meta_lock
};

/* What this thread held before, and what prepare asked for. */
struct forking {
	uint32_t last_heap;	/* the last number asked for */
	uint32_t my_heap;	/* the number of the one held before, or 0 */
	uint8_t mine;		/* a bit for each of `locks` held before */
	uint8_t depth;		/* forks of this thread that are under way */
};

static MA_THREAD_LOCAL struct forking forking;

/* Note what is held already; returns the highest rank of it, 0 for none. */
static uint32_t
note_mine(void)
{
	uint32_t highest = 0;

	forking.mine = 0;
	forking.my_heap = 0;
	for (uint32_t n = ma_heap_last_number(); n >= 1; n--)
		if (ma_lock_is_mine(&ma_heap_number(n)->lock)) {
			forking.my_heap = n;
			highest = MA_RANK_HEAP;
		}
	for (unsigned i = 0; i < LOCKS; i++)
		if (ma_lock_is_mine(locks[i])) {
			forking.mine |= (uint8_t)(1u << i);
			if (locks[i]->rank > highest)
				highest = locks[i]->rank;
		}
	return highest;
}

/* Who holds a lock of a higher rank never waits for one of HIGHEST or less. */
static void
take_for_fork(struct ma_lock *lock, uint32_t highest)
{
	if (ma_lock_is_mine(lock))
		return;
	if (lock->rank > highest)
		ma_lock_take_next(lock);
	else
		ma_lock_try(lock);
}

static void
take_all(void)
{
	uint32_t highest = forking.depth == 0 ? note_mine() : 0;

	if (forking.depth++ != 0)
		return;
	ma_lock_pass_on();
	take_for_fork(locks[LATE], highest);
	take_for_fork(locks[POOL], highest);
	forking.last_heap = ma_heap_last_number();
	for (uint32_t n = 1; n <= forking.last_heap; n++)
		take_for_fork(&ma_heap_number(n)->lock, highest);
	if (MA_HARDENED)
		take_for_fork(locks[LARGE], highest);
	take_for_fork(locks[ARENA], highest);
	take_for_fork(locks[META], highest);
	if (ma_lock_is_mine(locks[ARENA]) && !(forking.mine & 1u << ARENA))
		ma_arena_purge_before_fork();
}

static void
release_lock(unsigned i)
{
	if (ma_lock_is_mine(locks[i]) && !(forking.mine & 1u << i))
		ma_lock_release(locks[i]);
}

static void
release_all(void)
{
	/* The fork that this one interrupted needs them. */
	if (forking.depth != 1) {
		forking.depth--;
		return;
	}
	release_lock(META);
	release_lock(ARENA);
	release_lock(LARGE);
	for (uint32_t n = forking.last_heap; n >= 1; n--) {
		struct ma_lock *lock = &ma_heap_number(n)->lock;

		if (ma_lock_is_mine(lock) && n != forking.my_heap)
			ma_lock_release(lock);
	}
	release_lock(POOL);
	release_lock(LATE);
	forking.depth = 0;
}

static void
child_after_fork(void)
{
	ma_arena_forget_walkers();
	for (uint32_t n = ma_heap_last_number(); n >= 1; n--) {
		struct ma_heap *heap = ma_heap_number(n);

		if (ma_lock_is_others(&heap->lock)) {
			heap->state = MA_HEAP_LOST;
			ma_lock_reset(&heap->lock);
		}
	}
	/* A pool that this thread itself is changing is left alone. */
	if (!(forking.mine & 1u << POOL))
		ma_pool_orphan_all(!ma_lock_is_others(locks[POOL]));
	for (unsigned i = 0; i < LOCKS; i++)
		if (ma_lock_is_others(locks[i]))
			ma_lock_reset(locks[i]);
	release_all();
}

void
ma_fork_setup(void)
{
	pthread_atfork(take_all, release_all, child_after_fork);
}
