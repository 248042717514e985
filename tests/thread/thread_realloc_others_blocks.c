/* SPDX-License-Identifier: MIT */
/*
 * thread_realloc_others_blocks.c - realloc of blocks that another thread
 * made: they grow, shrink and move through every size range in the hands of
 * threads that do not own their spans.
 *
 * Blocks circulate through shared slots; a thread exchanges its block with
 * the one in a slot, verifies it, resizes it and goes on.
 */
#include "block.h"

#define THREADS 6
#define SLOTS 64

static struct {
	pthread_mutex_t mutex;
	struct block block;
} slots[SLOTS];

static size_t steps;

static void
exchange(size_t slot, struct block *block)
{
	struct block mine = *block;

	pthread_mutex_lock(&slots[slot].mutex);
	*block = slots[slot].block;
	slots[slot].block = mine;
	pthread_mutex_unlock(&slots[slot].mutex);
}

static void *
work(void *argument)
{
	uint64_t random = (uintptr_t)argument;
	struct block block = block_make(100, random);

	for (size_t i = 0; i < steps; i++) {
		size_t size;

		exchange(random_below(&random, SLOTS), &block);
		switch (random_below(&random, 8)) {
		case 0:
			size = random_size(&random, 21);
			break;
		case 1:
			size = block.size + 1;
			break;
		case 2:
			size = block.size / 2 + 1;
			break;
		case 3:
			size = block.size < MIB ? block.size * 2 : 1;
			break;
		default:
			size = random_size(&random, 12);
			break;
		}
		if (random_below(&random, 2000) == 0) {
			size = 33 * MIB + random_below(&random, 4 * MIB);
		}
		block_resize(&block, size);
	}
	block_end(&block);
	return NULL;
}

int
main(void)
{
	pthread_t threads[THREADS];

	steps = scaled(8000);
	for (size_t i = 0; i < SLOTS; i++) {
		pthread_mutex_init(&slots[i].mutex, NULL);
		slots[i].block = block_make(1 + i, i);
	}
	for (size_t t = 0; t < THREADS; t++) {
		threads[t] = thread_start(work, (void *)(t + 1));
	}
	for (size_t t = 0; t < THREADS; t++) {
		thread_join(threads[t]);
	}
	CHECK(t_check() == 0);
	for (size_t i = 0; i < SLOTS; i++) {
		block_end(&slots[i].block);
	}
	CHECK(t_check() == 0);
	return 0;
}
