/* SPDX-License-Identifier: MIT */
/*
 * lock.c - the slow and the fast half of the lock.
 */
#include "base.h"

#include "lock.h"
#include "os.h"

/* Rounds of looking before a thread goes to sleep. */
#define SPINS 100

/* Yields of a bounded wait. */
#define TRIES 2000

/* A thread's address of this is its name; its value, the ranks it holds. */
static MA_THREAD_LOCAL uint32_t held_ranks;

MA_INLINE bool
try_from(struct ma_lock *lock, uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&lock->state, &from, to, false,
	                                   __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

static MA_COLD void
take_contended(struct ma_lock *lock)
{
	for (int i = 0; i < SPINS; i++) {
		if (__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == 0 &&
		    try_from(lock, 0, 1))
			return;
		if (i % 10 == 9)
			ma_os_yield();
	}
	while (__atomic_exchange_n(&lock->state, 2, __ATOMIC_ACQUIRE) != 0)
		ma_os_wait(&lock->state, 2);
}

static void
note_held(struct ma_lock *lock)
{
	__atomic_store_n(&lock->holder, (uintptr_t)&held_ranks,
	                 __ATOMIC_RELAXED);
	if (MA_DEBUG)
		held_ranks |= 1u << lock->rank;
}

void
ma_lock_take_next(struct ma_lock *lock)
{
	if (MA_UNLIKELY(!try_from(lock, 0, 1)))
		take_contended(lock);
	note_held(lock);
}

bool
ma_lock_try(struct ma_lock *lock)
{
	for (int i = 0; i < TRIES; i++) {
		if (try_from(lock, 0, 1)) {
			note_held(lock);
			return true;
		}
		ma_os_yield();
	}
	return false;
}

void
ma_lock_reset(struct ma_lock *lock)
{
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&lock->state, 0, __ATOMIC_RELEASE);
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
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELAXED);
	if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) == 2)
		ma_os_wake(&lock->state);
}

bool
ma_lock_is_mine(const struct ma_lock *lock)
{
	return __atomic_load_n(&lock->holder, __ATOMIC_RELAXED) ==
		(uintptr_t)&held_ranks;
}
