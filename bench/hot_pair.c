/* SPDX-License-Identifier: MIT */
/*
 * hot_pair.c - what does a malloc followed at once by its free cost?
 *
 * Modes: one (always 64 bytes), sizes (16 to 512 in turn).
 */
#include "bench.h"

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "one", "sizes", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t count = bench_count(&bench, 60000000);
	size_t mask = bench.mode == modes[0] ? 0 : 31;

	for (size_t i = 0; i < count; i++) {
		unsigned char *p = malloc(64 + (i & mask) * 14);

		p[0] = (unsigned char)i;
		__asm__ volatile("" : : "r"(p) : "memory");
		bench.checksum += p[0];
		free(p);
	}
	bench.operations = count;
	return bench_end("hot_pair", &bench);
}
