/* SPDX-License-Identifier: MIT */
/*
 * large_blocks.c - what do large blocks cost that come and go?
 *
 * Modes: touched (1 to 64 MiB, every page written), untouched (the same, the
 * first and last page only), medium (64 KiB to 1 MiB, every page written).
 */
#include "bench.h"

#define LIVE 12

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "touched", "untouched",
		                             "medium", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	int untouched = bench.mode == modes[1];
	int medium = bench.mode == modes[2];
	size_t count = bench_count(&bench, untouched ? 100000
	                                   : medium  ? 30000 : 500);
	unsigned char *blocks[LIVE] = { NULL };

	for (size_t i = 0; i < count; i++) {
		size_t at = random_below(&bench.random, LIVE);
		size_t bits = medium ? 16 + random_below(&bench.random, 4)
		                     : 20 + random_below(&bench.random, 6);
		size_t size = ((size_t)1 << bits) +
		              random_below(&bench.random, (size_t)1 << bits);

		if (blocks[at] != NULL) {
			bench.checksum += blocks[at][0];
			free(blocks[at]);
		}
		blocks[at] = bench_malloc(size);
		for (size_t j = 0; !untouched && j < size; j += 4096) {
			blocks[at][j] = (unsigned char)i;
		}
	}
	for (size_t i = 0; i < LIVE; i++) {
		free(blocks[i]);
	}
	bench.operations = count;
	return bench_end("large_blocks", &bench);
}
