/* SPDX-License-Identifier: MIT */
/*
 * fork.pml - src/fork.c: take_all by a thread that forks, in its own time or
 * in a signal handler that interrupted it while it held locks; beside it
 * another thread in its slow paths, or forking too.
 *
 * The locks are LATE, POOL, two HEAPs, ARENA, META, taken in this order by
 * all (ma_lock_take).  Nobody waits for ever: where locks are held already,
 * those of the same or a lower rank are tried for a while only (ma_lock_try).
 * Fork itself is when all has been asked for: then nothing that could be had
 * is in another thread's hands.
 */
#define LOCKS 6
#define NOBODY 255

byte holder[LOCKS];

inline take(l) { atomic { holder[l] == NOBODY -> holder[l] = me } }
inline release(l) { holder[l] = NOBODY }

/* ma_lock_try: it may be had, or given up after a while. */
inline try(l)
{
	if
	:: atomic { holder[l] == NOBODY -> holder[l] = me }
	:: skip
	fi
}

/* Ranks: late 0, pool 1, heaps 2, arena 3, meta 4. */
#define RANK(l) (l < 2 -> l : (l < 4 -> 2 : l - 1))

inline fork_once()
{
	/* note_mine */
	mine = 0;
	highest = 0;
	i = 0;
	do
	:: i == LOCKS -> break
	:: else ->
		if
		:: holder[i] == me ->
			mine = mine | (1 << i);
			highest = RANK(i) + 1
		:: else
		fi;
		i++
	od;
	/* take_all */
	i = 0;
	do
	:: i == LOCKS -> break
	:: else ->
		if
		:: holder[i] == me -> skip
		:: holder[i] != me && RANK(i) + 1 > highest -> take(i)
		:: else -> try(i)
		fi;
		i++
	od;
	/* fork: with nothing held before, all is ours */
	assert(mine != 0 || (holder[0] == me && holder[1] == me &&
	       holder[2] == me && holder[3] == me && holder[4] == me &&
	       holder[5] == me));
	/* release_all */
	i = LOCKS;
	do
	:: i == 0 -> break
	:: else ->
		i--;
		if
		:: holder[i] == me && !(mine & (1 << i)) -> release(i)
		:: else
		fi
	od
}

/* A signal may come anywhere in a slow path. */
inline interrupted()
{
	if
	:: fork_once()
	:: skip
	fi
}

/* HEAP is the index of the thread's heap. */
proctype thread(byte me; byte heap)
{
	byte i, mine, highest;
	byte turn = 0;

	do
	:: turn == 2 -> break
	:: else ->
		turn++;
		if
		:: fork_once()
		:: /* a refill */
			take(heap);
			interrupted();
			take(4);
			interrupted();
			take(5);
			release(5);
			release(4);
			interrupted();
			release(heap)
		:: /* adoption, pool trim: the other's heap under the pool's lock */
			take(1);
			interrupted();
			take(5 - heap);
			interrupted();
			take(4);
			release(4);
			release(5 - heap);
			release(1)
		:: /* the late heap */
			take(0);
			take(heap);
			interrupted();
			release(heap);
			release(0)
		fi
	od
}

init
{
	byte n = 0;

	atomic {
		do
		:: n == LOCKS -> break
		:: else -> holder[n] = NOBODY; n++
		od;
		run thread(1, 2);
		run thread(2, 3)
	}
}
