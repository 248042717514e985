/* SPDX-License-Identifier: MIT */
/*
 * aligned.c - what do aligned blocks cost?
 *
 * Random blocks of a live set of 10 000 are replaced, by posix_memalign and
 * aligned_alloc in turn.  Modes: small (aligned to 16 to 256 bytes, usual
 * sizes), mixed (to 16 to 4096 bytes), page (to 4096 bytes, 1 to 16 KiB).
 */
#include "bench.h"

#define LIVE 10000

static unsigned char *blocks[LIVE];

static unsigned char *
allocate(size_t alignment, size_t size, int by_posix)
{
	void *p = NULL;

	if (by_posix) {
		if (posix_memalign(&p, alignment, size) != 0) {
			p = NULL;
		}
	} else {
		/* A multiple, as C11 had it at first. */
		size = (size + alignment - 1) & ~(alignment - 1);
		p = aligned_alloc(alignment, size);
	}
	if (p == NULL) {
		bench_die("out of memory");
	}
	if ((uintptr_t)p % alignment != 0) {
		bench_die("not aligned");
	}
	return p;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "small", "mixed", "page", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	int page = bench.mode == modes[2];
	size_t count = bench_count(&bench, page ? 4000000 : 10000000);

	for (size_t i = 0; i < count; i++) {
		size_t at = random_below(&bench.random, LIVE);
		size_t size = usual_size(&bench.random);
		size_t bits = random_below(&bench.random,
		                           bench.mode == modes[0] ? 5 : 9);

		if (page) {
			size = 1024 + random_below(&bench.random, 15361);
			bits = 8;
		}
		if (blocks[at] != NULL) {
			bench.checksum += blocks[at][0];
			free(blocks[at]);
		}
		blocks[at] = allocate((size_t)16 << bits, size, i % 2 == 0);
		blocks[at][0] = (unsigned char)size;
		blocks[at][size - 1] = (unsigned char)size;
	}
	for (size_t i = 0; i < LIVE; i++) {
		free(blocks[i]);
	}
	bench.operations = count;
	return bench_end("aligned", &bench);
}
