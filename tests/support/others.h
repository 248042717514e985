/* SPDX-License-Identifier: MIT */
/*
 * others.h - names of glibc that the headers of other C libraries lack.
 */
#ifndef TEST_OTHERS_H
#define TEST_OTHERS_H

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

#ifndef __GLIBC__
void *
pvalloc(size_t size);
int
malloc_trim(size_t pad);
#endif

#ifndef RTLD_DEEPBIND
#define RTLD_DEEPBIND 0
#endif

#endif /* TEST_OTHERS_H */
