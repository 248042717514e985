/* SPDX-License-Identifier: MIT */
/*
 * liveness.c - hardened build: which blocks are live, how large they are.
 */
#include "base.h"

#include <limits.h>
#include <string.h>

#include "error.h"
#include "liveness.h"
#include "os.h"
#include "pagemap.h"
#include "secret.h"
#include "sizeclass.h"
#include "target.h"

#if MA_HARDENED

/* Of the bytes between a block and the last word of its room, so many. */
#define FILL_MOST ((size_t)128)
/* The last word has so many bits of the key, and the slack above. */
#define SLACK_SHIFT 32
#define KEY_BITS (((uint64_t)1 << SLACK_SHIFT) - 1)

/* --- Canaries ----------------------------------------------------------- */

/* Never a zero byte first: that is what a string that is too long writes. */
MA_INLINE uint64_t
key_of(const void *p)
{
	uint64_t x = ((uintptr_t)p ^ ma_secret_canary) * 0x9e3779b97f4a7c15u;

	return (x ^ x >> 29) | 1;
}

/* Eight times one byte of the key. */
static uint64_t
fill_word(uint64_t key)
{
	return ((key >> 24 & 0xff) | 1) * 0x0101010101010101u;
}

/* So that the key's bits lie lowest in memory. */
static uint64_t
in_memory(uint64_t word)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ?
		__builtin_bswap64(word) : word;
}

static size_t
fill_bytes(size_t slack)
{
	slack -= MA_CANARY_BYTES;
	return slack < FILL_MOST ? slack : FILL_MOST;
}

void
ma_liveness_set_size(void *p, size_t nbytes, size_t room)
{
	uint64_t key = key_of(p), word, fill;
	size_t slack = room - nbytes;

	word = in_memory((key & KEY_BITS) |
	                 (key >> SLACK_SHIFT ^ slack) << SLACK_SHIFT);
	fill = fill_word(key);
	/* By words: what is written beyond is room, or the last word's. */
	for (size_t i = 0; i < fill_bytes(slack); i += sizeof(fill))
		memcpy((char *)p + nbytes + i, &fill, sizeof(fill));
	memcpy((char *)p + room - sizeof(word), &word, sizeof(word));
}

/* Are N bytes from P on those of the word FILL?  8 may be read in any case. */
MA_INLINE bool
is_filled(const char *p, size_t n, uint64_t fill)
{
	uint64_t wrong = 0, word;

	for (; n >= sizeof(word); n -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		wrong |= word ^ fill;
	}
	if (n != 0) {
		memcpy(&word, p, sizeof(word));
		wrong |= in_memory(word ^ fill) <<
			(sizeof(word) - n) * CHAR_BIT;
	}
	return wrong == 0;
}

/* The size of the block at P; SIZE_MAX if its canary was overwritten. */
MA_INLINE size_t
size_by_canary(const void *p, size_t room)
{
	const char *bytes = p;
	uint64_t key = key_of(p), word;
	size_t slack;

	memcpy(&word, bytes + room - sizeof(word), sizeof(word));
	word = in_memory(word) ^ key;
	slack = (size_t)(word >> SLACK_SHIFT);
	if ((word & KEY_BITS) != 0 || slack < MA_CANARY_BYTES || slack > room ||
	    !is_filled(bytes + room - slack, fill_bytes(slack),
	               fill_word(key)))
		return SIZE_MAX;
	return room - slack;
}

/* --- Liveness ----------------------------------------------------------- */

MA_INLINE uint64_t *
bit_of(const void *p, uint64_t *bit)
{
	size_t place = (uintptr_t)p % MA_SLICE_SIZE / MA_ALIGNMENT;

	*bit = (uint64_t)1 << place % 64;
	return ma_pagemap_live((uintptr_t)p) + place / 64;
}

void
ma_liveness_begin(void *p, size_t nbytes, size_t room)
{
	uint64_t bit, *word = bit_of(p, &bit);

	ma_liveness_set_size(p, nbytes, room);
	if (__atomic_fetch_or(word, bit, __ATOMIC_RELEASE) & bit)
		ma_error_die(MEMALLOC_ERR_CORRUPT, "malloc", p,
		             "would be handed out twice");
}

size_t
ma_liveness_large_room(size_t nbytes)
{
	return nbytes - ma_os_page_size();
}

static MA_COLD _Noreturn void
die_not_live(const void *p, const char *function, size_t size)
{
	ma_error_die(MEMALLOC_ERR_DOUBLE_FREE, function, p,
	             "is free already: a block of %zu bytes", size);
}

static MA_COLD _Noreturn void
die_overrun(const void *p, const char *function, size_t room)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, function, p,
	             "was overrun: the canary behind this block, "
	             "with room for %zu bytes, was overwritten", room);
}

void
ma_liveness_inspect(struct ma_target *t, const void *p, const char *function)
{
	uint64_t bit, *word = bit_of(p, &bit);
	size_t room = t->c < MA_CLASSES ? t->size :
		ma_liveness_large_room(t->size);

	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		die_not_live(p, function, t->size);
	t->size = size_by_canary(p, room);
	if (t->size == SIZE_MAX)
		die_overrun(p, function, room);
}

bool
ma_liveness_end_small(void *p, size_t room, const char *function)
{
	uint64_t bit, *word = bit_of(p, &bit);

	if (MA_UNLIKELY((uintptr_t)p % MA_ALIGNMENT != 0) ||
	    MA_UNLIKELY(!(__atomic_load_n(word, __ATOMIC_RELAXED) & bit)))
		return false;
	if (MA_UNLIKELY(!(__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) &
	                  bit)))
		die_not_live(p, function, room);
	if (MA_UNLIKELY(size_by_canary(p, room) == SIZE_MAX))
		die_overrun(p, function, room);
	return true;
}

size_t
ma_liveness_size(const void *p, size_t room)
{
	uint64_t bit, *word = bit_of(p, &bit);

	return (uintptr_t)p % MA_ALIGNMENT == 0 &&
		(__atomic_load_n(word, __ATOMIC_RELAXED) & bit) ?
		size_by_canary(p, room) : SIZE_MAX;
}

bool
ma_liveness_is_overrun(const void *p, size_t room)
{
	uint64_t bit, *word = bit_of(p, &bit);

	return (__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit) &&
		size_by_canary(p, room) == SIZE_MAX;
}

/* What the processor reads at once; blocks are aligned to it. */
typedef uint64_t wide __attribute__((vector_size(MA_ALIGNMENT), may_alias));

MA_RACY_READ bool
ma_liveness_is_zero(const void *p, size_t nbytes)
{
	const wide *at = p, *end = at + nbytes / sizeof(*at);
	wide any = { 0 }, other = { 0 };

	for (; end - at >= 4; at += 4) {
		any |= at[0] | at[1];
		other |= at[2] | at[3];
	}
	for (; at < end; at++)
		any |= *at;
	any |= other;
	return (any[0] | any[1]) == 0;
}

void
ma_liveness_end(void *p, size_t nbytes)
{
	uint64_t bit, *word = bit_of(p, &bit);

	if (!(__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit))
		die_not_live(p, "free", nbytes);
}

/* --- Blocks of 0 bytes -------------------------------------------------- */

#define EMPTY_BYTES ((size_t)1 << 20)
#define EMPTY_WORDS (EMPTY_BYTES / MA_ALIGNMENT / 64)

struct ma_span ma_liveness_empty;

static uintptr_t empty_base;	/* atomic; 0 until there are any */
static uint64_t empty_live[EMPTY_WORDS];	/* atomic */
static uint32_t empty_turn;	/* atomic */

static uintptr_t
make_empty(void)
{
	uintptr_t base = ma_os_map_nothing(EMPTY_BYTES), old = 0;

	if (base == 0 || __atomic_compare_exchange_n(&empty_base, &old, base,
	                                             false, __ATOMIC_ACQ_REL,
	                                             __ATOMIC_ACQUIRE))
		return base;
	ma_os_unmap(base, EMPTY_BYTES);
	return old;
}

/* An odd factor: so places come again as late as can be. */
static size_t
next_word(void)
{
	uint32_t turn = __atomic_fetch_add(&empty_turn, 1, __ATOMIC_RELAXED);

	return (turn * 0x9e3779b1u ^ (uint32_t)ma_secret_canary) %
		EMPTY_WORDS;
}

void *
ma_liveness_take_empty(void)
{
	uintptr_t base = __atomic_load_n(&empty_base, __ATOMIC_ACQUIRE);
	size_t first = next_word();

	if (base == 0 && (base = make_empty()) == 0)
		return NULL;
	for (size_t i = 0; i < EMPTY_WORDS; i++) {
		size_t at = (first + i) % EMPTY_WORDS;
		uint64_t word = __atomic_load_n(&empty_live[at],
		                                __ATOMIC_RELAXED);

		while (word != UINT64_MAX) {
			unsigned k = (unsigned)__builtin_ctzll(~word);

			if (__atomic_compare_exchange_n(
				    &empty_live[at], &word,
				    word | (uint64_t)1 << k, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return (void *)(base + (at * 64 + k) *
				                MA_ALIGNMENT);
		}
	}
	return NULL;
}

bool
ma_liveness_is_empty(const void *p)
{
	uintptr_t base = __atomic_load_n(&empty_base, __ATOMIC_ACQUIRE);

	return base != 0 && (uintptr_t)p - base < EMPTY_BYTES;
}

static uint64_t *
empty_bit_of(const void *p, uint64_t *bit)
{
	size_t place = ((uintptr_t)p - empty_base) / MA_ALIGNMENT;

	*bit = (uint64_t)1 << place % 64;
	return &empty_live[place / 64];
}

void
ma_liveness_inspect_empty(const void *p, const char *function)
{
	uint64_t bit, *word = empty_bit_of(p, &bit);

	if ((uintptr_t)p % MA_ALIGNMENT != 0)
		ma_error_die(MEMALLOC_ERR_INTERIOR, function, p,
		             "lies where blocks of 0 bytes are, but is none");
	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		die_not_live(p, function, 0);
}

void
ma_liveness_end_empty(void *p)
{
	uint64_t bit, *word = empty_bit_of(p, &bit);

	if (!(__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit))
		die_not_live(p, "free", 0);
}

#endif /* MA_HARDENED */
