/* SPDX-License-Identifier: MIT */
/*
 * realloc_growth.c - what does growing buffers by realloc cost?
 *
 * Modes: one (one buffer to 256 MiB in steps of 64 KiB), several (eight, in
 * turn, to 16 MiB), tiny (one, by 16 bytes, to 1 MiB, again and again),
 * double (doubling from 16 bytes to 4 MiB, again and again).
 */
#include "bench.h"

#define BUFFERS 8

static unsigned char *
grow(struct bench *bench, unsigned char *p, size_t from, size_t to)
{
	p = realloc(p, to);
	if (p == NULL) {
		bench_die("out of memory");
	}
	memset(p + from, (int)to & 255, to - from);
	bench->checksum += p[from / 2];
	bench->operations++;
	return p;
}

static void
one_buffer(struct bench *bench, size_t step, size_t most)
{
	unsigned char *p = NULL;

	for (size_t size = 0; size < most; size += step) {
		p = grow(bench, p, size, size + step);
	}
	free(p);
}

static void
several_buffers(struct bench *bench, size_t step, size_t most)
{
	unsigned char *p[BUFFERS] = { NULL };

	for (size_t size = 0; size < most; size += step) {
		for (size_t i = 0; i < BUFFERS; i++) {
			p[i] = grow(bench, p[i], size, size + step);
		}
	}
	for (size_t i = 0; i < BUFFERS; i++) {
		free(p[i]);
	}
}

static void
doubling_buffer(struct bench *bench)
{
	unsigned char *p = NULL;
	size_t size = 0;

	for (size_t next = 16; next <= (size_t)4 << 20; next *= 2) {
		p = grow(bench, p, size, next);
		size = next;
	}
	free(p);
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "one", "several", "tiny",
		                             "double", NULL };
	struct bench bench = bench_begin(argc, argv, modes);

	if (bench.mode == modes[0]) {
		for (size_t i = bench_count(&bench, 3); i > 0; i--) {
			one_buffer(&bench, (size_t)64 << 10,
			           (size_t)256 << 20);
		}
	} else if (bench.mode == modes[1]) {
		for (size_t i = bench_count(&bench, 4); i > 0; i--) {
			several_buffers(&bench, 10000, (size_t)16 << 20);
		}
	} else if (bench.mode == modes[2]) {
		for (size_t i = bench_count(&bench, 100); i > 0; i--) {
			one_buffer(&bench, 16, (size_t)1 << 20);
		}
	} else {
		for (size_t i = bench_count(&bench, 400); i > 0; i--) {
			doubling_buffer(&bench);
		}
	}
	return bench_end("realloc_growth", &bench);
}
