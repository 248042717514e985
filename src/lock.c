/* SPDX-License-Identifier: MIT */
/*
 * lock.c - the slow and the fast half of the lock.
 */
#include "base.h"

#include "count.h"
#include "lock.h"
#include "os.h"

/* Rounds of looking before a thread goes to sleep. */
#define SPINS 100
/* Yields of a bounded wait. */
#define TRIES 2000

#define WAITERS 1u
#define NUMBER_STEP 2u

/* The calling thread's number, shifted past the bit for waiters; 0: none. */
static MA_THREAD_LOCAL uint32_t my_number;
static uint32_t last_thread;	/* atomic */

/* The lock in whose release the calling thread is, for a handler's fork. */
static MA_THREAD_LOCAL struct ma_lock *releasing;
/* The lock that this thread is waiting for, and may have been woken for. */
static MA_THREAD_LOCAL struct ma_lock *awaited;

/* Debug builds: the ranks that the calling thread holds. */
static MA_THREAD_LOCAL uint32_t held_ranks;

uint32_t
ma_lock_self(void)
{
	/* After 2^31 threads numbers come again, but never 0. */
	while (MA_UNLIKELY(my_number == 0))
		my_number = __atomic_add_fetch(&last_thread, NUMBER_STEP,
		                               __ATOMIC_RELAXED);
	return my_number;
}

MA_INLINE bool
try_from(struct ma_lock *lock, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&lock->word, &from, to, false,
	                                   __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

/*
 * Who has slept leaves the bit for waiters set when it gets the lock: it
 * cannot know whether others still sleep.
 */
static MA_COLD void
take_contended(struct ma_lock *lock, uint32_t me)
{
	struct ma_lock *interrupted = awaited;

	for (int i = 0; i < SPINS; i++) {
		if (__atomic_load_n(&lock->word, __ATOMIC_RELAXED) == 0 &&
		    try_from(lock, 0, me))
			return;
		if (i % 10 == 9)
			ma_os_yield();
	}
	awaited = lock;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	while (!try_from(lock, 0, me | WAITERS)) {
		uint32_t word = __atomic_load_n(&lock->word,
		                                __ATOMIC_RELAXED);

		if (word != 0 && ((word & WAITERS) != 0 ||
		    try_from(lock, word, word | WAITERS)))
			ma_os_wait(&lock->word, word | WAITERS);
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	awaited = interrupted;
}

static void
note_held(const struct ma_lock *lock)
{
	if (MA_DEBUG)
		held_ranks |= 1u << lock->rank;
}

void
ma_lock_take_next(struct ma_lock *lock)
{
	uint32_t me = ma_lock_self();

	if (lock->rank == MA_RANK_ARENA)
		ma_count(MA_COUNT_ARENA_LOCKS);
	if (MA_UNLIKELY(!try_from(lock, 0, me)))
		take_contended(lock, me);
	note_held(lock);
}

bool
ma_lock_take_if_free(struct ma_lock *lock)
{
	if (!try_from(lock, 0, ma_lock_self()))
		return false;
	note_held(lock);
	return true;
}

bool
ma_lock_try(struct ma_lock *lock)
{
	for (int i = 0; i < TRIES; i++) {
		if (ma_lock_take_if_free(lock))
			return true;
		ma_os_yield();
	}
	return false;
}

void
ma_lock_reset(struct ma_lock *lock)
{
	__atomic_store_n(&lock->word, 0, __ATOMIC_RELEASE);
}

void
ma_lock_take(struct ma_lock *lock)
{
	ma_assert(held_ranks < (1u << lock->rank));
	ma_lock_take_next(lock);
}

void
ma_lock_release(struct ma_lock *lock)
{
	ma_assert(ma_lock_is_mine(lock));
	if (MA_DEBUG)
		held_ranks &= ~(1u << lock->rank);
	releasing = lock;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) & WAITERS)
		ma_os_wake(&lock->word);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	releasing = NULL;
}

void
ma_lock_pass_on(void)
{
	if (releasing != NULL)
		ma_os_wake(&releasing->word);
	if (awaited != NULL)
		ma_os_wake(&awaited->word);
}

bool
ma_lock_is_mine(const struct ma_lock *lock)
{
	uint32_t word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return word != 0 && (word & ~WAITERS) == my_number;
}

bool
ma_lock_is_others(const struct ma_lock *lock)
{
	uint32_t word = __atomic_load_n(&lock->word, __ATOMIC_RELAXED);

	return word != 0 && (word & ~WAITERS) != my_number;
}
