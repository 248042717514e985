/* SPDX-License-Identifier: MIT */
/*
 * size_shift.c - what does a program cost whose sizes change with time?
 *
 * Eight phases; in each the blocks have sizes of its own, which overlap little
 * with those before.  Modes: gradual (100 000 blocks, random ones replaced by
 * blocks of the phase), sudden (each phase frees all and fills 100 000 anew,
 * again and again), swing (two phases by turns, 30 times).
 */
#include "bench.h"

#define LIVE 100000
#define PHASES 8
#define SWINGS 30

static unsigned char *blocks[LIVE];

static size_t
size_in_phase(struct bench *bench, size_t phase)
{
	return usual_size(&bench->random) % 48 + 16 + phase * 112;
}

static void
replace(struct bench *bench, size_t at, size_t phase)
{
	if (blocks[at] != NULL) {
		bench->checksum += blocks[at][0];
		free(blocks[at]);
	}
	blocks[at] = bench_malloc(size_in_phase(bench, phase));
	bench->operations++;
}

static void
free_all(struct bench *bench)
{
	for (size_t i = 0; i < LIVE; i++) {
		if (blocks[i] != NULL) {
			bench->checksum += blocks[i][0];
			free(blocks[i]);
			blocks[i] = NULL;
		}
	}
}

static void
sudden(struct bench *bench)
{
	for (size_t phase = 0; phase < PHASES; phase++) {
		for (size_t i = 0; i < LIVE; i++) {
			replace(bench, i, phase);
		}
		free_all(bench);
	}
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "gradual", "sudden", "swing",
		                             NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t count = bench_count(&bench, 12000000);

	if (bench.mode == modes[1]) {
		for (size_t i = bench_count(&bench, 15); i > 0; i--) {
			sudden(&bench);
		}
		return bench_end("size_shift", &bench);
	}
	for (size_t i = 0; i < count; i++) {
		size_t phase = bench.mode == modes[0]
			? i * PHASES / count
			: i * SWINGS / count % 2 * (PHASES - 1);

		replace(&bench, random_below(&bench.random, LIVE), phase);
	}
	free_all(&bench);
	return bench_end("size_shift", &bench);
}
