/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what the bench programs share.
 *
 * A bench program asks one question of whatever malloc it runs on (standard
 * names; the library comes by LD_PRELOAD).  Usage: PROGRAM [MODE] [SCALE]
 * [SEED]; SCALE multiplies the work (default 1, about a second).  It prints
 * one line: its name, mode, operations and a checksum, which is the same on
 * every allocator.  It measures nothing itself: bench/run does.
 */
#ifndef BENCH_H
#define BENCH_H

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/support/random.h"

struct bench {
	const char *mode;
	double scale;
	uint64_t random;     /* State of the generator. */
	uint64_t operations; /* Calls of malloc, calloc and realloc. */
	uint64_t checksum;
};

static inline size_t
random_below(uint64_t *state, size_t limit)
{
	return (size_t)(((next_random(state) >> 32) * (uint64_t)limit) >> 32);
}

/* Sizes as programs ask for them: most below 128, a tail to 4 KiB. */
static inline size_t
usual_size(uint64_t *state)
{
	uint64_t r = next_random(state);
	size_t kind = r % 100;

	if (kind < 60) {
		return 8 + (r >> 32) % 56;
	}
	if (kind < 90) {
		return 64 + (r >> 32) % 192;
	}
	return kind < 99 ? 256 + (r >> 32) % 768 : 1024 + (r >> 32) % 3072;
}

__attribute__((noreturn, unused)) static void
bench_die(const char *text)
{
	fprintf(stderr, "%s\n", text);
	exit(1);
}

/* A block with its first and last byte written, as programs do. */
static inline unsigned char *
bench_malloc(size_t size)
{
	unsigned char *p = malloc(size);

	if (p == NULL) {
		bench_die("out of memory");
	}
	p[0] = (unsigned char)size;
	p[size - 1] = (unsigned char)size;
	return p;
}

/* COUNT times the scale, at least one. */
static inline size_t
bench_count(const struct bench *bench, size_t count)
{
	double n = (double)count * bench->scale;

	return n < 1 ? 1 : (size_t)n;
}

/* Read the arguments; MODES lists the modes, the first the default. */
__attribute__((unused)) static struct bench
bench_begin(int argc, char **argv, const char *const *modes)
{
	struct bench bench = { .mode = modes[0], .scale = 1, .random = 1 };
	int next = 1;

	if (argc > 1 && (argv[1][0] < '0' || argv[1][0] > '9')) {
		bench.mode = NULL;
		for (; *modes != NULL; modes++) {
			if (strcmp(argv[1], *modes) == 0) {
				bench.mode = *modes;
			}
		}
		if (bench.mode == NULL) {
			bench_die("no such mode");
		}
		next++;
	}
	if (argc > next) {
		bench.scale = strtod(argv[next++], NULL);
	}
	if (argc > next) {
		bench.random = strtoull(argv[next], NULL, 0);
	}
	return bench;
}

__attribute__((unused)) static int
bench_end(const char *name, const struct bench *bench)
{
	printf("%s %s operations %" PRIu64 " checksum %016" PRIx64 "\n", name,
	       bench->mode, bench->operations, bench->checksum);
	return 0;
}

#endif /* BENCH_H */
