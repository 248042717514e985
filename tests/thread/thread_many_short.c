/* SPDX-License-Identifier: MIT */
/*
 * thread_many_short.c - 20 000 threads come and go; memory stays flat.
 *
 * Each thread allocates blocks of all kinds, frees most of them and leaves a
 * few to a thread that comes later.  Four live at a time.
 */
#include "block.h"
#include "footprint.h"

#define AT_ONCE 4
#define LEFT 16 /* Blocks that each thread leaves. */
/* A warm-up that got one processor only ends 4 MiB below the level of two. */
#define GROWTH_KIB (8 * KIB)

static struct block left[AT_ONCE][LEFT];
static size_t generation;

static void *
work(void *argument)
{
	size_t n = (uintptr_t)argument;
	/* What another thread of the last generation left. */
	struct block *mine = left[(n + generation) % AT_ONCE];
	uint64_t random = generation * AT_ONCE + n;
	struct block row[64];

	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		row[i] = block_make(random_size(&random, 12), i);
	}
	if (generation % 64 == 0) {
		struct block large = block_make(200000 + n * 100000, n);

		block_end(&large);
	}
	for (size_t i = 0; i < LEFT; i++) {
		if (mine[i].p != NULL) {
			block_end(&mine[i]);
		}
		mine[i] = block_make(1 + random_below(&random, 500), i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		block_end(&row[i]);
	}
	return NULL;
}

static void
run_threads(size_t count)
{
	for (size_t i = 0; i < count; i += AT_ONCE) {
		threads_run(work, AT_ONCE);
		generation++;
	}
}

int
main(void)
{
	struct footprint before;

	run_threads(4000); /* Until four at a time have met in all ways. */
	before = footprint_now();
	run_threads(scaled(20000));
	footprint_expect(before, GROWTH_KIB, GROWTH_KIB * KIB);
	CHECK(t_check() == 0);
	return 0;
}
