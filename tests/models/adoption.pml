/* SPDX-License-Identifier: MIT */
/*
 * adoption.pml - a span changes its owner while others free its blocks:
 * ma_remote_free and push_inbox (src/remote.c) by two threads,
 * ma_pool_adopt with detach_span (src/heap_pool.c) by two heaps' threads, one
 * after the other, ma_remote_drain_locked with forward by all.
 *
 * Invariant L3: words name a span's new owner before its lists do.  So a block
 * that comes home is in the heap that owns its span, or is sent on; each comes
 * home once, and only under the lock of the heap that owns its span.
 */
#define HEAPS 3		/* 0 has ended; 1 and 2 adopt */
#define BLOCKS 2

byte word = 0;		/* the owner that the page map names */
byte listed = 0;	/* the heap in whose lists the span is */
bool sent[HEAPS * BLOCKS];	/* inboxes: sets, since inbox.pml has lists */
bool home[BLOCKS];
bool locked[HEAPS];
bool pool_locked = false;
bool in_pool[HEAPS];
byte done = 0;

inline take(lock) { atomic { !lock -> lock = true } }

/* Under the lock of heap H: what arrived goes home, or on. */
inline drain(h)
{
	b = 0;
	do
	:: b == BLOCKS -> break
	:: else ->
		if
		:: sent[h * BLOCKS + b] ->
			sent[h * BLOCKS + b] = false;
			o = word;
			if
			:: o == h ->
				assert(!home[b]);
				/* P2: nobody else changes the word now */
				assert(word == h);
				home[b] = true
			:: else -> sent[o * BLOCKS + b] = true
			fi
		:: else
		fi;
		b++
	od
}

proctype freer(byte block)
{
	byte o;

	o = word;
	/* Anything may happen between: the batch waits. */
	sent[o * BLOCKS + block] = true;
	atomic { done++ }
}

/* A thread whose heap is H adopts the span, lives a while, and ends. */
proctype adopter(byte h)
{
	byte b, o, from;
	bool got = false;

	take(pool_locked);
	from = 0;
	do
	:: from == HEAPS || got -> break
	:: else ->
		if
		:: in_pool[from] && from != h ->
			take(locked[from]);
			drain(from);
			if
			:: listed == from ->
				listed = HEAPS;	/* unlinked */
				word = h;
				got = true
			:: else
			fi;
			locked[from] = false
		:: else
		fi;
		from++
	od;
	if
	:: got ->
		take(locked[h]);
		assert(word == h);
		listed = h;
		locked[h] = false
	:: else
	fi;
	pool_locked = false;
	take(locked[h]);
	drain(h);
	locked[h] = false;
	/* ma_pool_put */
	take(pool_locked);
	take(locked[h]);
	in_pool[h] = true;
	locked[h] = false;
	pool_locked = false;
	atomic { done++ }
}

/* ma_pool_trim, twice: what is sent on arrives with the second at the latest. */
proctype trimmer()
{
	byte b, o, h;
	byte passes = 0;

	done == 4;
	do
	:: passes == 2 -> break
	:: else ->
		passes++;
		take(pool_locked);
		h = 0;
		do
		:: h == HEAPS -> break
		:: else ->
			take(locked[h]);
			drain(h);
			locked[h] = false;
			h++
		od;
		pool_locked = false
	od;
	assert(home[0] && home[1]);
	assert(listed == word)
}

init
{
	atomic {
		in_pool[0] = true;
		run freer(0);
		run freer(1);
		run adopter(1);
		run adopter(2);
		run trimmer()
	}
}
