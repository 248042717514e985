/* SPDX-License-Identifier: MIT */
/*
 * bulk.c - what do many allocations followed by as many frees cost?
 *
 * Modes: lifo, fifo, random: the order of the frees.
 */
#include "bench.h"

#define BLOCKS 100000

static unsigned char *blocks[BLOCKS];
static uint32_t order[BLOCKS];

static void
make_order(struct bench *bench)
{
	for (uint32_t i = 0; i < BLOCKS; i++) {
		order[i] = bench->mode[0] == 'l' ? BLOCKS - 1 - i : i;
	}
	for (uint32_t i = BLOCKS - 1; bench->mode[0] == 'r' && i > 0; i--) {
		uint32_t j = (uint32_t)random_below(&bench->random, i + 1);
		uint32_t other = order[j];

		order[j] = order[i];
		order[i] = other;
	}
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "lifo", "fifo", "random", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t rounds = bench_count(&bench, 100);

	make_order(&bench);
	for (size_t round = 0; round < rounds; round++) {
		uint64_t sizes = round;

		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = bench_malloc(usual_size(&sizes));
		}
		for (size_t i = 0; i < BLOCKS; i++) {
			bench.checksum += blocks[order[i]][0];
			free(blocks[order[i]]);
		}
		bench.operations += BLOCKS;
	}
	return bench_end("bulk", &bench);
}
