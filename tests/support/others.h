/* SPDX-License-Identifier: MIT */
/*
 * others.h - names of glibc that the headers of other C libraries lack.
 *
 * Nor do those libraries have the functions: a program that has memalloc
 * preloaded links without them.
 */
#ifndef TEST_OTHERS_H
#define TEST_OTHERS_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef __GLIBC__

struct mallinfo {
	int arena, ordblks, smblks, hblks, hblkhd;
	int usmblks, fsmblks, uordblks, fordblks, keepcost;
};

struct mallinfo2 {
	size_t arena, ordblks, smblks, hblks, hblkhd;
	size_t usmblks, fsmblks, uordblks, fordblks, keepcost;
};

__attribute__((weak)) void *
pvalloc(size_t size);
__attribute__((weak)) int
malloc_trim(size_t pad);
__attribute__((weak)) int
mallopt(int parameter, int value);
__attribute__((weak)) struct mallinfo
mallinfo(void);
__attribute__((weak)) struct mallinfo2
mallinfo2(void);
__attribute__((weak)) int
malloc_info(int options, FILE *stream);
__attribute__((weak)) void
malloc_stats(void);

#endif /* __GLIBC__ */

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

#endif /* TEST_OTHERS_H */
