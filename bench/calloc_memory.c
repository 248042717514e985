/* SPDX-License-Identifier: MIT */
/*
 * calloc_memory.c - what does zeroed memory cost?
 *
 * Modes: fresh (blocks of 1 MiB that stay, of which a word is touched), again
 * (the same, but freed after each 300), recycled (blocks of 64 bytes to 64 KiB
 * that were used before), small (48 bytes).
 */
#include "bench.h"

#define FRESH 300

static void
fresh(struct bench *bench, int again)
{
	static unsigned char *blocks[FRESH];

	for (size_t i = 0; i < FRESH; i++) {
		blocks[i] = calloc(1, (size_t)1 << 20);
		bench->checksum += blocks[i][i] + 1u;
		blocks[i][i] = 1;
	}
	bench->operations += FRESH;
	for (size_t i = 0; again && i < FRESH; i++) {
		free(blocks[i]);
	}
}

static void
recycled(struct bench *bench, size_t least, size_t most)
{
	static unsigned char *blocks[64];

	for (size_t i = 0; i < 64; i++) {
		size_t size = least + random_below(&bench->random,
		                                   most - least + 1);

		blocks[i] = calloc(1, size);
		bench->checksum += blocks[i][size - 1] + size;
		memset(blocks[i], 1, size);
	}
	bench->operations += 64;
	for (size_t i = 0; i < 64; i++) {
		free(blocks[i]);
	}
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "fresh", "again", "recycled",
		                             "small", NULL };
	struct bench bench = bench_begin(argc, argv, modes);

	if (bench.mode == modes[0] || bench.mode == modes[1]) {
		for (size_t i = bench_count(&bench, 4); i > 0; i--) {
			fresh(&bench, bench.mode == modes[1]);
		}
	} else if (bench.mode == modes[2]) {
		for (size_t i = bench_count(&bench, 3000); i > 0; i--) {
			recycled(&bench, 64, 65536);
		}
	} else {
		for (size_t i = bench_count(&bench, 300000); i > 0; i--) {
			recycled(&bench, 48, 48);
		}
	}
	return bench_end("calloc_memory", &bench);
}
