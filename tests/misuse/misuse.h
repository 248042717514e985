/* SPDX-License-Identifier: MIT */
/*
 * misuse.h - for the programs of this directory, each of which makes one
 * mistake and is named by it.  misuse.tsv says how each must end.
 */
#ifndef TEST_MISUSE_H
#define TEST_MISUSE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memalloc.h"

void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t alignment, size_t size);
void cfree(void *p);

/* P, of which the compiler knows neither the origin nor the fate. */
__attribute__((unused)) static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

/* A block of SIZE bytes that the compiler knows nothing of. */
__attribute__((unused)) static char *
take(size_t size)
{
	return opaque(malloc(size));
}

/* Free P behind the compiler's back. */
__attribute__((unused)) static void
drop(void *p)
{
	free(opaque(p));
}

/* What RUN returns for ARG in a thread of its own, which has ended by then. */
__attribute__((unused)) static void *
in_thread(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, run, arg) != 0 ||
	    pthread_join(thread, &result) != 0) {
		exit(99);
	}
	return result;
}

__attribute__((unused)) static void *
drop_and_end(void *p)
{
	drop(p);
	return NULL;
}

/* Free P in another thread. */
__attribute__((unused)) static void
drop_in_thread(void *p)
{
	in_thread(drop_and_end, p);
}

/* Blocks that stay out of the way of what follows. */
__attribute__((unused)) static void
churn(size_t size, int times)
{
	void *block[64];

	for (int i = 0; i < times; i++) {
		for (int k = 0; k < 64; k++) {
			block[k] = take(size);
		}
		for (int k = 0; k < 64; k++) {
			drop(block[k]);
		}
	}
}

#endif /* TEST_MISUSE_H */
