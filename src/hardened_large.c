/* SPDX-License-Identifier: MIT */
/*
 * hardened_large.c - hardened build: large blocks, their guard and quarantine.
 *
 * In quarantine a block is one guard, or blank: zeroed, its guard where it
 * was.  To take its memory from it and to fault it in again takes longer than
 * to zero it and to look at it, so shorter ones are blank; but as they keep
 * their memory only a few of them wait.
 */
#include "base.h"

#include <limits.h>
#include <string.h>

#include "arena.h"
#include "hardened.h"
#include "large.h"
#include "liveness.h"
#include "os.h"
#include "pagemap.h"

#if MA_HARDENED

#define SLOTS_WHOLE 16u
#define SLOTS_BLANK 4u
/* What is larger does not wait: it may be all the memory there is. */
#define WAITS_MOST ((size_t)64 << 20)
/* What is larger is never blank; a page is a bit of a word, at 4 KiB. */
#define BLANK_MOST ((size_t)256 << 10)

/* So many are sooner written to than given up. */
#define FEW_PAGES 1u
/* And so many in a block that was blank before, and comes again. */
#define SOME_PAGES 16u

static struct ma_span *whole[SLOTS_WHOLE];	/* atomic */
static struct ma_span *blank[SLOTS_BLANK];	/* atomic */
static uint32_t large_turn;	/* atomic */

/* --- Guards ------------------------------------------------------------- */

static uintptr_t
last_page(const struct ma_span *span)
{
	return span->base + ma_liveness_large_room(ma_span_bytes(span));
}

void
ma_hardened_guard_end(struct ma_span *span)
{
	if (span->guard == MA_GUARD_NONE)
		span->guard = ma_os_guard(last_page(span),
		                          ma_os_guard_bytes());
}

/* The guard at SPAN's end goes; false if it cannot. */
static bool
open_end(struct ma_span *span)
{
	if (!ma_os_unguard(last_page(span), ma_os_guard_bytes(),
	                   span->guard))
		return false;
	span->guard = MA_GUARD_NONE;
	return true;
}

/* All of SPAN becomes a guard. */
static bool
guard_whole(struct ma_span *span)
{
	size_t nbytes = ma_span_bytes(span);
	enum ma_guard guard;

	/* Protected pages are counted by pieces. */
	if (span->guard == MA_GUARD_PROTECTED && !open_end(span))
		return false;
	/* Where marks are refused by now, the rest is written to. */
	if (span->guard == MA_GUARD_MARKED)
		nbytes = ma_liveness_large_room(nbytes);
	guard = ma_os_guard(span->base, nbytes);
	if (guard == MA_GUARD_NONE)
		return false;
	span->guard |= (uint8_t)guard | MA_SPAN_WHOLE_GUARD;
	return true;
}

/* What can be touched of it is zeroed; false if its guard stays. */
static bool
make_zero(struct ma_span *span)
{
	size_t nbytes = ma_span_bytes(span);
	bool is_open = open_end(span);

	if (!is_open)
		nbytes -= ma_os_guard_bytes();
	if (!ma_os_purge(span->base, nbytes))
		memset((void *)span->base, 0, nbytes);
	return is_open;
}

/* A mapping that protection has split cannot be made longer. */
bool
ma_hardened_grow(struct ma_span *span, size_t old, size_t nbytes)
{
	uintptr_t end = last_page(span);
	size_t room = end - span->base;
	char *p = (char *)span->base;

	if (span->kind == MA_SPAN_HUGE && span->guard != MA_GUARD_MARKED)
		return false;
	if (!ma_large_resize_in_place(span, nbytes + MA_CANARY_BYTES +
	                              ma_os_guard_bytes()))
		return false;
	if (!ma_os_unguard(end, ma_os_guard_bytes(), span->guard)) {
		ma_large_resize_in_place(span, room + ma_os_guard_bytes());
		return false;
	}
	span->guard = MA_GUARD_NONE;
	ma_hardened_guard_end(span);
	/* The canary tells of the key. */
	memset(p + old, 0, room - old);
	ma_canary_set(p, nbytes, ma_liveness_large_room(ma_span_bytes(span)));
	return true;
}

/* --- Blank blocks ------------------------------------------------------- */

/*
 * Do to the first NBYTES of SPAN, whose resident pages are the bits of
 * RESIDENT, what is to be done to each run of pages that are all resident or
 * all not; false if that failed.
 */
static bool
each_run(const struct ma_span *span, size_t nbytes, uint64_t resident,
         bool (*act)(uintptr_t start, size_t nbytes, bool resident))
{
	size_t page = ma_os_page_size(), npages = nbytes / page, first = 0;

	for (size_t i = 1; i <= npages; i++) {
		bool is_resident = resident >> first & 1;

		if (i < npages && (resident >> i & 1) == is_resident)
			continue;
		if (!act(span->base + first * page, (i - first) * page,
		         is_resident))
			return false;
		first = i;
	}
	return true;
}

/* Pages that are not there may be swapped out; a few are brought in. */
static bool
zero_run(uintptr_t start, size_t nbytes, bool resident)
{
	if (!resident && nbytes > FEW_PAGES * ma_os_page_size())
		return ma_os_purge(start, nbytes);
	memset((void *)start, 0, nbytes);
	return true;
}

/* The bits of all pages of NBYTES; 0 if a word has not so many. */
static uint64_t
all_pages(size_t nbytes)
{
	size_t npages = nbytes / ma_os_page_size();

	return npages < sizeof(uintptr_t) * CHAR_BIT ?
		((uint64_t)1 << npages) - 1 : 0;
}

/*
 * Are all of the first NBYTES of SPAN resident, as far as known?  Nobody takes
 * them from it while it is a large block; a page that was swapped out, or that
 * the program gave up, comes when it is touched.  So nothing has to be asked.
 */
static bool
is_all_there(const struct ma_span *span, size_t nbytes)
{
	return span->there != 0 && span->there == all_pages(nbytes);
}

static bool
is_zero_run(uintptr_t start, size_t nbytes, bool resident)
{
	return !resident || ma_liveness_is_zero((const void *)start, nbytes);
}

/* Zero all but the guard at its end; false if that is not for SPAN. */
static bool
make_blank(struct ma_span *span)
{
	size_t nbytes = ma_liveness_large_room(ma_span_bytes(span));
	uint64_t resident, all = all_pages(nbytes);

	if (nbytes > BLANK_MOST || span->kind != MA_SPAN_LARGE)
		return false;
	if (!is_all_there(span, nbytes)) {
		if (!ma_os_resident_pages(span->base, nbytes, &resident))
			return false;
		if (span->there == 0 || all == 0 ||
		    (size_t)__builtin_popcountll(all & ~resident) >
		    SOME_PAGES) {
			span->there = (uintptr_t)(resident & all);
			return each_run(span, nbytes, resident, zero_run);
		}
		span->there = (uintptr_t)all;
	}
	memset((void *)span->base, 0, nbytes);
	return true;
}

/* Is SPAN blank still? */
static bool
is_blank(const struct ma_span *span)
{
	size_t nbytes = ma_liveness_large_room(ma_span_bytes(span));
	uint64_t resident;

	if (nbytes > BLANK_MOST || is_all_there(span, nbytes) ||
	    !ma_os_resident_pages(span->base, nbytes, &resident))
		return ma_liveness_is_zero((void *)span->base, nbytes);
	return each_run(span, nbytes, resident, is_zero_run);
}

/* Slices that are not dirty are zero, or somebody wrote to free memory. */
bool
ma_hardened_is_clean(const struct ma_span *span)
{
	size_t nbytes = ma_liveness_large_room(ma_span_bytes(span));
	uintptr_t end = span->base + nbytes, next;
	bool is_there;

	/* And a mapping of its own is new. */
	if (span->kind != MA_SPAN_LARGE || span->is_new)
		return true;
	is_there = is_all_there(span, nbytes);
	for (uintptr_t at = span->base; at < end; at = next) {
		next = at + MA_SLICE_SIZE;
		if (ma_pagemap_word(at) & MA_WORD_DIRTY)
			continue;
		while (next < end && !(ma_pagemap_word(next) & MA_WORD_DIRTY))
			next += MA_SLICE_SIZE;
		if (next > end)
			next = end;
		if (is_there ? !ma_liveness_is_zero((void *)at, next - at) :
		    !ma_liveness_is_zero_there((void *)at, next - at))
			return false;
	}
	return true;
}

/* --- Quarantine --------------------------------------------------------- */

static void
expect_blank(const struct ma_span *span)
{
	if (!is_blank(span))
		ma_hardened_die_of_written((void *)span->base, "free",
		                           ma_span_bytes(span));
}

/* If it is kept, it is looked at when it comes again; if LOOK, now as well. */
static void
let_blank_go(struct ma_span *span, bool look)
{
	if (look)
		expect_blank(span);
	if (span->guard != MA_GUARD_NONE && ma_arena_keep_zeroed(span))
		return;
	if (!look)
		expect_blank(span);
	if (span->guard != MA_GUARD_NONE)
		ma_arena_give_guarded(span);
	else
		ma_large_free(span);
}

/* SPAN has waited; LOOK as above. */
static void
let_large_go(struct ma_span *span, bool look)
{
	uint8_t left = MA_GUARD_NONE;

	if (!(span->guard & MA_SPAN_WHOLE_GUARD)) {
		let_blank_go(span, look);
		return;
	}
	if (span->kind == MA_SPAN_LARGE &&
	    span->guard == (MA_GUARD_MARKED | MA_SPAN_WHOLE_GUARD))
		left = MA_GUARD_MARKED;
	if (!ma_os_unguard(span->base, left == MA_GUARD_NONE ?
	                   ma_span_bytes(span) :
	                   ma_liveness_large_room(ma_span_bytes(span)),
	                   span->guard)) {
		ma_arena_set_aside(span);
		return;
	}
	span->guard = left;
	if (span->kind == MA_SPAN_LARGE)
		ma_arena_give_clean(span);
	else
		ma_large_free(span);
}

/* A slot for SPAN, which waits; any of them. */
static struct ma_span **
any_slot(const struct ma_span *span)
{
	uint32_t turn = __atomic_fetch_add(&large_turn, 0x9e3779b9u,
	                                   __ATOMIC_RELAXED);

	turn = ((turn ^ (uint32_t)ma_secret_place) * 0x85ebca6bu) >> 16;
	return span->guard & MA_SPAN_WHOLE_GUARD ?
		&whole[turn % SLOTS_WHOLE] : &blank[turn % SLOTS_BLANK];
}

void
ma_hardened_retire_large(struct ma_span *span)
{
	bool may_wait = make_blank(span) || guard_whole(span) ||
		make_zero(span);

	/* Not live, to walkers. */
	span->carved = 0;
	if (!may_wait) {
		ma_arena_set_aside(span);
		return;
	}
	if (!MA_WITHOUT_QUARANTINE && ma_span_bytes(span) <= WAITS_MOST)
		span = __atomic_exchange_n(any_slot(span), span,
		                           __ATOMIC_ACQ_REL);
	if (span != NULL)
		let_large_go(span, false);
}

/* While it is looked at, nobody else can have it. */
void
ma_hardened_each_bad_large(void (*report)(void *arg, const void *block),
                           void *arg)
{
	for (unsigned i = 0; i < SLOTS_BLANK; i++) {
		struct ma_span *span = __atomic_exchange_n(
			&blank[i], NULL, __ATOMIC_ACQ_REL);

		if (span == NULL)
			continue;
		if (!is_blank(span))
			report(arg, (void *)span->base);
		span = __atomic_exchange_n(&blank[i], span, __ATOMIC_ACQ_REL);
		if (span != NULL)
			let_large_go(span, false);
	}
}

static void
flush_slots(struct ma_span **slot, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct ma_span *span = __atomic_exchange_n(
			&slot[i], NULL, __ATOMIC_ACQ_REL);

		if (span != NULL)
			let_large_go(span, true);
	}
}

void
ma_hardened_flush_large(void)
{
	flush_slots(whole, SLOTS_WHOLE);
	flush_slots(blank, SLOTS_BLANK);
}

#endif /* MA_HARDENED */
