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

/* Somebody sleeps, or is about to, until the lock is free. */
#define WAITED ((uintptr_t)1)

uintptr_t
ma_lock_self(void)
{
	return (uintptr_t)&held_ranks;
}

MA_INLINE bool
try_from(struct ma_lock *lock, uintptr_t from, uintptr_t to)
{
	return __atomic_compare_exchange_n(&lock->state, &from, to, false,
	                                   __ATOMIC_ACQUIRE,
	                                   __ATOMIC_RELAXED);
}

MA_INLINE uintptr_t
state_of(const struct ma_lock *lock)
{
	return __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
}

/*
 * The half of the word that sleepers watch: the one with the bit WAITED.
 * Two names may share it; then a sleeper takes one holder for the other, but
 * each of them sees the bit and wakes it.
 */
static uint32_t *
watched_half(struct ma_lock *lock)
{
	uint32_t *halves = (uint32_t *)(void *)&lock->state;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return halves + sizeof(lock->state) / sizeof(*halves) - 1;
#else
	return halves;
#endif
}

static MA_COLD void
take_contended(struct ma_lock *lock)
{
	for (int i = 0; i < SPINS; i++) {
		if (state_of(lock) == 0 && try_from(lock, 0, ma_lock_self()))
			return;
		if (i % 10 == 9)
			ma_os_yield();
	}
	for (;;) {
		uintptr_t seen = state_of(lock);

		if (seen == 0) {
			/* Others may sleep here too. */
			if (try_from(lock, 0, ma_lock_self() | WAITED))
				return;
		} else if ((seen & WAITED) != 0 ||
		           try_from(lock, seen, seen | WAITED)) {
			ma_os_wait(watched_half(lock),
			           (uint32_t)(seen | WAITED));
		}
	}
}

static void
note_held(struct ma_lock *lock)
{
	if (MA_DEBUG)
		held_ranks |= 1u << lock->rank;
}

void
ma_lock_take_next(struct ma_lock *lock)
{
	if (MA_UNLIKELY(!try_from(lock, 0, ma_lock_self())))
		take_contended(lock);
	note_held(lock);
}

bool
ma_lock_try(struct ma_lock *lock)
{
	for (int i = 0; i < TRIES; i++) {
		if (try_from(lock, 0, ma_lock_self())) {
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
	if (__atomic_exchange_n(&lock->state, 0, __ATOMIC_RELEASE) & WAITED)
		ma_os_wake(watched_half(lock));
}

bool
ma_lock_is_mine(const struct ma_lock *lock)
{
	return (state_of(lock) & ~WAITED) == ma_lock_self();
}

bool
ma_lock_is_others(const struct ma_lock *lock)
{
	uintptr_t seen = state_of(lock);

	return seen != 0 && (seen & ~WAITED) != ma_lock_self();
}
