/* SPDX-License-Identifier: MIT */
/*
 * liveness.c - hardened build: which blocks are live, how large they are.
 */
#include "base.h"

#include "bits.h"
#include "canary.h"
#include "error.h"
#include "liveness.h"
#include "os.h"
#include "pagemap.h"
#include "secret.h"
#include "sizeclass.h"
#include "target.h"

#if MA_HARDENED

void
ma_liveness_begin(void *p, size_t nbytes, size_t room)
{
	ma_canary_set(p, nbytes, room);
	if (ma_liveness_set(ma_pagemap_live((uintptr_t)p), p))
		ma_liveness_die_twice(p);
}

void
ma_liveness_die_twice(const void *p)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, "malloc", p,
	             "would be handed out twice");
}

size_t
ma_liveness_large_room(size_t nbytes)
{
	return nbytes - ma_os_guard_bytes();
}

static MA_COLD _Noreturn void
die_not_live(const void *p, const char *function, size_t size)
{
	ma_error_die(MEMALLOC_ERR_DOUBLE_FREE, function, p,
	             "is free already: a block of %zu bytes", size);
}

void
ma_liveness_die_overrun(const void *p, const char *function, size_t room)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, function, p,
	             "was overrun: the canary behind this block, "
	             "with room for %zu bytes, was overwritten", room);
}

void
ma_liveness_inspect(struct ma_target *t, const void *p, const char *function)
{
	uintptr_t *word = ma_pagemap_live((uintptr_t)p);
	uintptr_t bit = ma_liveness_bit(p);
	size_t room = t->c < MA_CLASSES ? t->size :
		ma_liveness_large_room(t->size);

	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		die_not_live(p, function, t->size);
	t->size = ma_canary_size(p, room);
	if (t->size == SIZE_MAX)
		ma_liveness_die_overrun(p, function, room);
}

size_t
ma_liveness_size(const void *p, size_t room)
{
	uintptr_t *word = ma_pagemap_live((uintptr_t)p);
	uintptr_t bit = ma_liveness_bit(p);

	return (uintptr_t)p % MA_ALIGNMENT == 0 &&
		(__atomic_load_n(word, __ATOMIC_RELAXED) & bit) ?
		ma_canary_size(p, room) : SIZE_MAX;
}

bool
ma_liveness_is_overrun(const void *p, size_t room)
{
	uintptr_t *word = ma_pagemap_live((uintptr_t)p);
	uintptr_t bit = ma_liveness_bit(p);

	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit) ||
	    ma_canary_size(p, room) != SIZE_MAX)
		return false;
	/* It may have been freed meanwhile, by a thread without a heap. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return __atomic_load_n(word, __ATOMIC_RELAXED) & bit;
}

MA_RACY_READ bool
ma_liveness_is_zero(const void *p, size_t nbytes)
{
	const ma_wide *at = p, *end = at + nbytes / sizeof(*at);
	ma_wide any = { 0 }, other = { 0 };

	for (; end - at >= 4; at += 4) {
		any |= at[0] | at[1];
		other |= at[2] | at[3];
	}
	for (; at < end; at++)
		any |= *at;
	any |= other;
	return (any[0] | any[1]) == 0;
}

bool
ma_liveness_is_zero_there(const void *p, size_t nbytes)
{
	size_t page = ma_os_page_size();
	uintptr_t at = (uintptr_t)p, end = at + nbytes;

	while (at < end) {
		uintptr_t first = ma_align_down(at, page);
		uintptr_t to = first + 64 * page;
		uint64_t there;

		if (to > end)
			to = end;
		if (!ma_os_resident_pages(first, ma_align_up(to - first, page),
		                          &there))
			there = UINT64_MAX;
		for (; at < to; there >>= 1) {
			uintptr_t next = ma_align_down(at, page) + page;

			if (next > to)
				next = to;
			if (there & 1 && !ma_liveness_is_zero((void *)at,
			                                      next - at))
				return false;
			at = next;
		}
	}
	return true;
}

void
ma_liveness_end(void *p, size_t nbytes)
{
	if (!ma_liveness_clear(ma_pagemap_live((uintptr_t)p), p))
		die_not_live(p, "free", nbytes);
}

/* --- Blocks of 0 bytes -------------------------------------------------- */

#define EMPTY_BYTES ((size_t)1 << 20)
#define WORD_BYTES (MA_LIVE_BITS * MA_ALIGNMENT)
#define EMPTY_WORDS (EMPTY_BYTES / WORD_BYTES)

struct ma_span ma_liveness_empty;

static uintptr_t empty_base;	/* atomic; 0 until there are any */
static uintptr_t empty_live[EMPTY_WORDS];	/* atomic */
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

	return (turn * 0x9e3779b1u ^ (uint32_t)ma_secret_place) %
		EMPTY_WORDS;
}

/* Places of a word at a multiple of ALIGNMENT; of which words, is for the
   caller. */
static uintptr_t
places_at(size_t alignment)
{
	size_t step = alignment / MA_ALIGNMENT;

	return step <= 1 ? UINTPTR_MAX : step >= MA_LIVE_BITS ? 1 :
		UINTPTR_MAX / (((uintptr_t)1 << step) - 1);
}

void *
ma_liveness_take_empty(size_t alignment)
{
	uintptr_t base = __atomic_load_n(&empty_base, __ATOMIC_ACQUIRE);
	uintptr_t places = places_at(alignment);
	size_t first = next_word();

	if (base == 0 && (base = make_empty()) == 0)
		return NULL;
	for (size_t i = 0; i < EMPTY_WORDS; i++) {
		size_t at = (first + i) % EMPTY_WORDS;
		uintptr_t word = __atomic_load_n(&empty_live[at],
		                                 __ATOMIC_RELAXED);

		if (at * WORD_BYTES % alignment != 0 && places == 1)
			continue;
		while ((places & ~word) != 0) {
			unsigned k = ma_bits_lowest(places & ~word);

			if (__atomic_compare_exchange_n(
				    &empty_live[at], &word,
				    word | (uintptr_t)1 << k, false,
				    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
				return (void *)(base + at * WORD_BYTES +
				                k * MA_ALIGNMENT);
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

/* The word with the bit of P, of which the base is a page. */
static uintptr_t *
empty_word_of(const void *p)
{
	return &empty_live[((uintptr_t)p - empty_base) / WORD_BYTES];
}

void
ma_liveness_inspect_empty(const void *p, const char *function)
{
	uintptr_t bit = ma_liveness_bit(p), *word = empty_word_of(p);

	if ((uintptr_t)p % MA_ALIGNMENT != 0)
		ma_error_die(MEMALLOC_ERR_INTERIOR, function, p,
		             "lies where blocks of 0 bytes are, but is none");
	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		die_not_live(p, function, 0);
}

void
ma_liveness_end_empty(void *p)
{
	uintptr_t bit = ma_liveness_bit(p), *word = empty_word_of(p);

	if (!(__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit))
		die_not_live(p, "free", 0);
}

#endif /* MA_HARDENED */
