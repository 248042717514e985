/* SPDX-License-Identifier: MIT */
/*
 * lock.pml - the lock of src/lock.c: ma_lock_take_next with take_contended,
 * ma_lock_release.
 *
 * Never two inside; nobody sleeps for ever (a state in which nothing can go on
 * is an error to the checker).  ma_os_wait sleeps if the word is what the
 * caller saw, in one step, as the kernel promises; it may wake for no reason.
 * ma_os_wake wakes one sleeper.
 */
#ifndef THREADS
#define THREADS 3
#endif
#ifndef ROUNDS
#define ROUNDS 2
#endif

byte owner = 0;		/* the word: whose, 0 nobody's, */
bool waiters = false;	/* and its lowest bit */
bool asleep[THREADS];
byte inside = 0;

inline wake_one()
{
	if
	:: asleep[0] -> asleep[0] = false
	:: asleep[1] -> asleep[1] = false
#if THREADS > 2
	:: asleep[2] -> asleep[2] = false
#endif
	:: else
	fi
}

proctype thread(byte me)
{
	byte rounds = 0, seen_owner;
	bool seen_waiters, got, had;

	do
	:: rounds == ROUNDS -> break
	:: else ->
		rounds++;
		/* try_from(0, me); the rounds of looking are more of it. */
		atomic {
			got = (owner == 0 && !waiters);
			if
			:: got -> owner = me + 1
			:: else
			fi
		}
		do
		:: got -> break
		:: else ->
			/* try_from(0, me | WAITERS) */
			atomic {
				got = (owner == 0 && !waiters);
				if
				:: got -> owner = me + 1; waiters = true
				:: else
				fi
			}
			if
			:: got -> break
			:: else
			fi;
			d_step { seen_owner = owner; seen_waiters = waiters }
			if
			:: seen_owner == 0 -> skip
			:: seen_owner != 0 && !seen_waiters ->
				/* try_from(word, word | WAITERS) */
				atomic {
					if
					:: owner == seen_owner && !waiters ->
						waiters = true;
						seen_waiters = true
					:: else
					fi
				}
			:: else
			fi;
			if
			:: seen_owner != 0 && seen_waiters ->
				/* ma_os_wait(&word, word | WAITERS) */
				atomic {
					if
					:: owner == seen_owner && waiters ->
						asleep[me] = true
					:: else
					fi
				}
				!asleep[me]
			:: else
			fi
		od;
		inside++;
		assert(inside == 1);
		inside--;
		/* ma_lock_release */
		atomic { had = waiters; owner = 0; waiters = false }
		if
		:: had -> atomic { wake_one() }
		:: else
		fi
	od
}

init
{
	atomic {
		run thread(0);
		run thread(1);
#if THREADS > 2
		run thread(2);
#endif
	}
}
