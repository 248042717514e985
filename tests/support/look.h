/* SPDX-License-Identifier: MIT */
/*
 * look.h - the figures of the heap, for tests that compare them.
 */
#ifndef TEST_LOOK_H
#define TEST_LOOK_H

#include "memalloc.h"
#include "util.h"

/* Without ck_assert: even those that hold allocate from the heap under test. */
__attribute__((unused)) static struct memalloc_stats
look(void)
{
	struct memalloc_stats stats;

	REQUIRE(memalloc_stats(&stats, sizeof(stats)) == 0, "look");
	return stats;
}

#endif /* TEST_LOOK_H */
