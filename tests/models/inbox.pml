/* SPDX-License-Identifier: MIT */
/*
 * inbox.pml - remote frees, src/remote.c: push_inbox by two threads that send a
 * batch each and a block alone (ma_remote_free_one); ma_remote_drain_locked by
 * the owner, and by whoever finds that the heap has ended (drain_if_ended),
 * under the heap's lock.
 *
 * Each block comes home exactly once.  What was announced (inbox_load) is
 * never less than what was drained, so that their difference is what waits.
 */
#define BLOCKS 6
#define END 0

byte next[BLOCKS + 1];
byte inbox = END;
byte inbox_load = 0, drained_load = 0;
byte home[BLOCKS + 1];
bool locked = false;
bool ended = false;
byte done = 0;

inline push_inbox(head, tail, count)
{
	inbox_load = inbox_load + count;
	old = inbox;
	do
	:: true ->
		next[tail] = old;
		/* compare and exchange, weak: it may fail for no reason */
		if
		:: atomic { inbox == old -> inbox = head }; break
		:: old = inbox
		fi
	od
}

inline drain_locked()
{
	atomic { list = inbox; inbox = END }
	count = 0;
	do
	:: list == END -> break
	:: else ->
		block = list;
		list = next[block];
		home[block]++;
		assert(home[block] == 1);
		count++
	od;
	drained_load = drained_load + count;
	assert(drained_load <= inbox_load)
}

/* Blocks FIRST and FIRST + 1 are a batch, FIRST + 2 goes alone. */
proctype sender(byte first)
{
	byte old, list, block, count;

	next[first + 1] = first;
	push_inbox(first + 1, first, 2);
	push_inbox(first + 2, first + 2, 1);
	/* drain_if_ended: looked at without the lock, then with it */
	if
	:: ended ->
		if
		:: atomic { !locked -> locked = true }
			if
			:: ended -> drain_locked()
			:: else
			fi;
			locked = false
		:: skip		/* ma_lock_take_if_free: in use */
		fi
	:: else
	fi;
	atomic { done++ }
}

proctype owner()
{
	byte list, block, count, rounds = 0;

	/* Slow paths of the thread that lives, then its end. */
	do
	:: rounds < 2 ->
		rounds++;
		atomic { !locked -> locked = true }
		if
		:: inbox != END -> drain_locked()
		:: else
		fi;
		locked = false
	:: break
	od;
	ended = true;
	/* A next thread takes the heap from the pool. */
	done == 2;
	atomic { !locked -> locked = true }
	ended = false;
	drain_locked();
	locked = false;
	assert(inbox == END && inbox_load == BLOCKS &&
	       drained_load == BLOCKS);
	assert(home[1] == 1 && home[2] == 1 && home[3] == 1 &&
	       home[4] == 1 && home[5] == 1 && home[6] == 1)
}

init
{
	atomic {
		run sender(1);
		run sender(4);
		run owner()
	}
}
