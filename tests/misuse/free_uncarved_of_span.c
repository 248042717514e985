/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* What was never handed out of a span with blocks of the size of `block`. */
static const char *block;
static const void *uncarved;
static int bin;

static int
find(const struct memalloc_record *record, void *arg)
{
	(void)arg;
	if (record->address == block &&
	    record->kind == MEMALLOC_RECORD_BLOCK) {
		bin = record->bin;
	}
	if (record->state == MEMALLOC_STATE_UNCARVED && bin != 0 &&
	    record->bin == bin) {
		uncarved = record->address;
	}
	return 0;
}

int
main(void)
{
	for (int i = 0; i < 1000; i++) {
		block = take(200);
	}
	USE(memalloc_walk)(find, NULL);
	USE(memalloc_walk)(find, NULL);
	if (uncarved == NULL) {
		return 99;
	}
	/* The hit path cannot tell it from a live block; a flush can. */
	drop((void *)(uintptr_t)uncarved);
	malloc_trim(0);
	return 0;
}
