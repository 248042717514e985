/* SPDX-License-Identifier: MIT */
/*
 * large_blocks.c - what do blocks of 64 KiB to 64 MiB cost that come and go?
 *
 * Modes: touched (every page written), untouched (the first only).
 */
#include "bench.h"

#define LIVE 24

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "touched", "untouched", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t count = bench_count(&bench,
	                           bench.mode == modes[0] ? 1000 : 100000);
	unsigned char *blocks[LIVE] = { NULL };

	for (size_t i = 0; i < count; i++) {
		size_t at = random_below(&bench.random, LIVE);
		size_t bits = 16 + random_below(&bench.random, 10);
		size_t size = ((size_t)1 << bits) +
		              random_below(&bench.random, (size_t)1 << bits);

		if (blocks[at] != NULL) {
			bench.checksum += blocks[at][0];
			free(blocks[at]);
		}
		blocks[at] = bench_malloc(size);
		for (size_t j = 0; bench.mode == modes[0] && j < size;
		     j += 4096) {
			blocks[at][j] = (unsigned char)i;
		}
	}
	for (size_t i = 0; i < LIVE; i++) {
		free(blocks[i]);
	}
	bench.operations = count;
	return bench_end("large_blocks", &bench);
}
