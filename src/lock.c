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

/* Added to the holder's name while threads may sleep for the lock. */
#define WAITED ((uintptr_t)1)

MA_INLINE uintptr_t
own_name(void)
{
	return (uintptr_t)&held_ranks;
}

/*
 * The half of the word that sleepers watch.  Two threads may have it in
 * common; but it is watched with WAITED set, so each holder wakes.
 */
MA_INLINE uint32_t *
watched_half(struct ma_lock *lock)
{
	return (uint32_t *)&lock->holder +
		(sizeof(lock->holder) > 4 &&
		 __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}

MA_INLINE bool
try_from(struct ma_lock *lock, uintptr_t from, uintptr_t to)
{
	return __atomic_compare_exchange_n(&lock->holder, &from, to, false,
	                                   __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

static MA_COLD void
take_contended(struct ma_lock *lock)
{
	uintptr_t seen;

	for (int i = 0; i < SPINS; i++) {
		if (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == 0 &&
		    try_from(lock, 0, own_name()))
			return;
		if (i % 10 == 9)
			ma_os_yield();
	}
	/* Who has slept does not know whether others do. */
	while (!try_from(lock, 0, own_name() | WAITED)) {
		seen = __atomic_load_n(&lock->holder, __ATOMIC_RELAXED);
		if (seen != 0 && ((seen & WAITED) != 0 ||
		                  try_from(lock, seen, seen | WAITED)))
			ma_os_wait(watched_half(lock),
			           (uint32_t)(seen | WAITED));
	}
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
	if (MA_UNLIKELY(!try_from(lock, 0, own_name())))
		take_contended(lock);
	note_held(lock);
}

bool
ma_lock_try(struct ma_lock *lock)
{
	for (int i = 0; i < TRIES; i++) {
		if (try_from(lock, 0, own_name())) {
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
	lock->for_fork = false;
	__atomic_store_n(&lock->holder, 0, __ATOMIC_RELEASE);
}

void
ma_lock_rouse(struct ma_lock *lock)
{
	ma_os_wake(watched_half(lock));
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
	if (__atomic_exchange_n(&lock->holder, 0, __ATOMIC_RELEASE) & WAITED)
		ma_os_wake(watched_half(lock));
}

bool
ma_lock_is_mine(const struct ma_lock *lock)
{
	uintptr_t holder = __atomic_load_n(&lock->holder, __ATOMIC_RELAXED);

	return (holder & ~WAITED) == own_name();
}
