/* SPDX-License-Identifier: MIT */
/*
 * thread_exit_with_live_blocks.c - blocks outlive the thread that made them.
 *
 * Waves of threads fill a table with blocks and end.  Later threads verify,
 * resize and free what ended threads left, while they make blocks of their
 * own; what the last wave leaves the main thread frees.  The memory of ended
 * threads is used again: neither the heap nor resident memory grows with the
 * number of waves.
 */
#include "block.h"
#include "footprint.h"

#define THREADS 8
#define SLOTS 2000 /* For each thread. */

static struct block table[THREADS][SLOTS];
static unsigned wave;

static void *
work(void *argument)
{
	/* Another thread's row than the last wave's thread of this number. */
	struct block *row = table[((uintptr_t)argument + wave) % THREADS];
	uint64_t random = wave * 100 + (uintptr_t)argument;

	for (size_t i = 0; i < SLOTS; i++) {
		size_t size = random_below(&random, 100) == 0
			? random_size(&random, 17)
			: 1 + random_below(&random, 600);

		if (row[i].p == NULL) {
			row[i] = block_make(size, next_random(&random));
			continue;
		}
		switch (random_below(&random, 4)) {
		case 0:
			block_verify(&row[i]);
			break;
		case 1:
			block_resize(&row[i], size);
			break;
		default:
			block_end(&row[i]);
			row[i] = block_make(size, next_random(&random));
			break;
		}
	}
	/* Odd threads leave half of their row free, and full caches. */
	for (size_t i = 0; (uintptr_t)argument % 2 == 1 && i < SLOTS; i += 2) {
		block_end(&row[i]);
	}
	return NULL;
}

static void
run_waves(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		threads_run(work, THREADS);
		wave++;
	}
}

int
main(void)
{
	struct footprint before;

	run_waves(20);
	before = footprint_now();
	run_waves(scaled(100));
	footprint_expect(before, before.resident_kib / 2 + 8 * KIB,
	                 before.heap / 2 + 8 * MIB);
	CHECK(t_check() == 0);
	for (size_t t = 0; t < THREADS; t++) {
		block_end_all(table[t], SLOTS);
	}
	CHECK(t_check() == 0);
	return 0;
}
