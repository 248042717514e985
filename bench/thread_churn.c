/* SPDX-License-Identifier: MIT */
/*
 * thread_churn.c - what do many short threads cost?
 *
 * Modes: clean (each frees what it made), live (each leaves its blocks to be
 * freed by a later one).  Two threads at a time.
 */
#include "bench.h"

#define BLOCKS 200

static unsigned char *left[2][BLOCKS];
static int leave;

static void *
work(void *argument)
{
	unsigned char **blocks = left[(uintptr_t)argument % 2];
	uint64_t random = (uintptr_t)argument;

	for (size_t i = 0; i < BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = bench_malloc(usual_size(&random));
	}
	for (size_t i = 0; !leave && i < BLOCKS; i++) {
		free(blocks[i]);
		blocks[i] = NULL;
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "clean", "live", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t count = bench_count(&bench, 20000);

	leave = bench.mode == modes[1];
	for (size_t i = 0; i < count; i += 2) {
		pthread_t threads[2];

		for (size_t t = 0; t < 2; t++) {
			if (pthread_create(&threads[t], NULL, work,
			                   (void *)(i + t)) != 0) {
				bench_die("no thread");
			}
		}
		for (size_t t = 0; t < 2; t++) {
			pthread_join(threads[t], NULL);
		}
		bench.operations += 2 * BLOCKS;
	}
	bench.checksum = bench.operations;
	return bench_end("thread_churn", &bench);
}
