/* SPDX-License-Identifier: MIT */
/*
 * checking.h - what the two halves of memalloc_check share.
 */
#ifndef MA_CHECKING_H
#define MA_CHECKING_H

#include "base.h"

struct ma_check {
	int failures;
	bool quiet;	/* no line for a failure */
	bool alone;	/* no other thread has a heap that lives */
	size_t listed_bytes;	/* of free blocks in lists */
	size_t marked_bytes;	/* of blocks that carry their mark */
};

/* Report that INVARIANT does not hold AT something: "ADDRESS WHAT". */
MA_HIDDEN MA_COLD void
ma_check_failed(struct ma_check *check, const char *invariant, const void *at,
                const char *what);

/* check_arena.c: spans, page map, free spans. */
MA_HIDDEN void
ma_check_arena(struct ma_check *check);

#endif /* MA_CHECKING_H */
