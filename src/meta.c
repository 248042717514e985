/* SPDX-License-Identifier: MIT */
/*
 * meta.c - memory for memalloc's own records.
 */
#include "base.h"

#include <string.h>

#include "meta.h"
#include "os.h"

/* What is taken from the system at a time; untouched pages cost nothing. */
#define STEP ((size_t)256 << 10)
/* Where that much is refused. */
#define SMALL_STEP ((size_t)64 << 10)

struct ma_lock ma_meta_lock = MA_LOCK_INIT(MA_RANK_META);

/* [next_record, records_end) is zero and unused. */
static uintptr_t next_record, records_end;
static size_t bytes_taken;
static uintptr_t break_end;	/* of the highest records on the break */

/* A mapping of NBYTES, 0 if refused; hardened: what overruns ends there. */
static uintptr_t
map_between_guards(size_t nbytes)
{
	size_t page = ma_os_page_size();
	uintptr_t start;

	if (!MA_HARDENED)
		return ma_os_map(nbytes, page);
	start = ma_os_map(nbytes + 2 * page, page);
	if (start == 0)
		return 0;
	(void)ma_os_guard(start, page);
	(void)ma_os_guard(start + page + nbytes, page);
	return start + page;
}

/* Zeroed NBYTES from the system, 0 if refused; *END is where they end. */
static uintptr_t
take(size_t nbytes, uintptr_t *end)
{
	size_t page = ma_os_page_size();
	uintptr_t start;

	nbytes = ma_align_up(nbytes, page);
	start = map_between_guards(nbytes);
	/* Of a long table little is touched: a huge page would be all there. */
	if (start != 0 && nbytes >= MA_OS_HUGE_PAGE)
		ma_os_use_huge_pages(start, nbytes, false);
	if (start == 0) {
		uintptr_t from;

		if (!ma_os_break_extend(nbytes, &from))
			return 0;
		break_end = from + nbytes;
		start = ma_align_up(from, MA_CACHE_LINE);
		nbytes -= start - from;
		/* The page that the old break cut may hold stale bytes. */
		memset((void *)start, 0, nbytes < page ? nbytes : page);
	}
	*end = start + nbytes;
	__atomic_fetch_add(&bytes_taken, nbytes, __ATOMIC_RELAXED);
	return start;
}

/* Make NBYTES from the system what is unused now; false if refused. */
static bool
take_step(size_t nbytes)
{
	uintptr_t end, start = take(nbytes, &end);

	if (start == 0)
		return false;
	next_record = start;
	records_end = end;
	return true;
}

void *
ma_meta_alloc(size_t nbytes)
{
	uintptr_t p = 0, end;

	nbytes = ma_align_up(nbytes, MA_CACHE_LINE);
	ma_lock_take(&ma_meta_lock);
	if (nbytes >= STEP) {
		/* What is left of the last step is of use yet. */
		p = take(nbytes + MA_CACHE_LINE, &end);
	} else if (records_end - next_record >= nbytes || take_step(STEP) ||
	           take_step(nbytes > SMALL_STEP ? nbytes : SMALL_STEP) ||
	           take_step(nbytes + MA_CACHE_LINE)) {
		if (records_end - next_record >= nbytes) {
			p = next_record;
			next_record += nbytes;
		}
	}
	ma_lock_release(&ma_meta_lock);
	return (void *)p;
}

size_t
ma_meta_bytes(void)
{
	return __atomic_load_n(&bytes_taken, __ATOMIC_RELAXED);
}

uintptr_t
ma_meta_break_end(void)
{
	return break_end;
}
