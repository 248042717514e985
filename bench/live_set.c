/* SPDX-License-Identifier: MIT */
/*
 * live_set.c - what does replacing random blocks of a live set cost?
 *
 * Modes: small (1 000 blocks), medium (100 000), large (1 000 000).
 */
#include "bench.h"

#define MOST 1000000

static unsigned char *blocks[MOST];

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "small", "medium", "large",
		                             NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t live = bench.mode == modes[0] ? 1000
		: bench.mode == modes[2] ? MOST : 100000;
	size_t count = bench_count(&bench, live == MOST ? 6000000 : 12000000);

	for (size_t i = 0; i < count; i++) {
		size_t at = random_below(&bench.random, live);

		if (blocks[at] != NULL) {
			bench.checksum += blocks[at][0];
			free(blocks[at]);
		}
		blocks[at] = bench_malloc(usual_size(&bench.random));
	}
	for (size_t i = 0; i < live; i++) {
		free(blocks[i]);
	}
	bench.operations = count;
	return bench_end("live_set", &bench);
}
