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

/* Take NBYTES from the system; true: they are what is unused now. */
static bool
take_step(size_t nbytes)
{
	size_t page = ma_os_page_size();
	uintptr_t start;

	nbytes = ma_align_up(nbytes, page);
	start = ma_os_map(nbytes, page);
	if (start == 0) {
		uintptr_t from;

		if (!ma_os_break_extend(nbytes, &from))
			return false;
		start = ma_align_up(from, MA_CACHE_LINE);
		nbytes -= start - from;
		/* The page that the old break cut may hold stale bytes. */
		memset((void *)start, 0, nbytes < page ? nbytes : page);
	}
	next_record = start;
	records_end = start + nbytes;
	__atomic_fetch_add(&bytes_taken, nbytes, __ATOMIC_RELAXED);
	return true;
}

void *
ma_meta_alloc(size_t nbytes)
{
	void *p = NULL;

	nbytes = ma_align_up(nbytes, MA_CACHE_LINE);
	ma_lock_take(&ma_meta_lock);
	if (records_end - next_record >= nbytes ||
	    take_step(nbytes > STEP ? nbytes : STEP) ||
	    take_step(nbytes > SMALL_STEP ? nbytes : SMALL_STEP) ||
	    take_step(nbytes + MA_CACHE_LINE)) {
		if (records_end - next_record >= nbytes) {
			p = (void *)next_record;
			next_record += nbytes;
		}
	}
	ma_lock_release(&ma_meta_lock);
	return p;
}

size_t
ma_meta_bytes(void)
{
	return __atomic_load_n(&bytes_taken, __ATOMIC_RELAXED);
}
