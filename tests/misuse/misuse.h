/* SPDX-License-Identifier: MIT */
/*
 * misuse.h - for the programs of this directory, each of which makes one
 * mistake and is named by it.  misuse.tsv says how each must end.
 *
 * They are not linked with memalloc: run-misuse.sh preloads the library that
 * it tests, be it memalloc or another one.  So functions that the C library
 * may lack are called as USE(free_sized)(p, 100): a library without it is
 * skipped.
 */
#ifndef TEST_MISUSE_H
#define TEST_MISUSE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memalloc.h"
#include "others.h"

/* Exit statuses; see run-misuse.sh. */
#define HAD_EFFECT 3
#define SKIPPED 77
#define BROKEN 99

void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t alignment, size_t size);
void cfree(void *p);

__attribute__((unused)) static void *
function(const char *name)
{
	void *found = dlsym(RTLD_DEFAULT, name);

	if (found == NULL) {
		_exit(SKIPPED);
	}
	return found;
}

#define USE(name) ((__typeof(&(name)))function(#name))

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

/*
 * Write over [P, P + LENGTH), which may be free memory.  Each byte becomes
 * another: a secret one is what is written, else, once in 256 times.
 */
__attribute__((unused)) static void
smash(void *p, size_t length)
{
	unsigned char *at = opaque(p);

	for (size_t i = 0; i < length; i++) {
		at[i] = at[i] == 0x41 ? 0x42 : 0x41;
	}
}

/* The argument at WHICH of the program, a number. */
__attribute__((unused)) static size_t
number(int argc, char **argv, int which)
{
	if (which >= argc) {
		exit(BROKEN);
	}
	return strtoul(argv[which], NULL, 0);
}

/* The same, within main. */
#define ARG(which) number(argc, argv, which)

/* What RUN returns for P in a thread of its own, which has ended by then. */
__attribute__((unused)) static void *
in_thread(void *(*run)(void *), void *p)
{
	pthread_t thread;
	void *result;

	if (pthread_create(&thread, NULL, run, p) != 0 ||
	    pthread_join(thread, &result) != 0) {
		exit(BROKEN);
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

/*
 * Blocks of SIZE until the library has noticed what is wrong with one.  Some of
 * them are freed and taken anew, since freed ones may be kept back for a while.
 */
__attribute__((unused)) static void
use_up(size_t size)
{
	static char *block[10000];

	for (int i = 0; i < 10000; i++) {
		block[i] = take(size);
	}
	for (int i = 0; i < 1000; i++) {
		drop(block[i]);
	}
	for (int i = 0; i < 10000; i++) {
		(void)!take(size);
	}
}

/* The same in another thread: it gets what one that ended has left. */
__attribute__((unused)) static void *
use_up_there(void *size)
{
	use_up(*(size_t *)size);
	return NULL;
}

#endif /* TEST_MISUSE_H */
