/* SPDX-License-Identifier: MIT */
/*
 * under_test.h - the allocator that a thread, stress or hostile test tries.
 *
 * By default the prefixed twins, so that the test also runs where the
 * standard names are not overridden (sanitizer builds).  With
 * TEST_STANDARD_NAMES the standard names: the same test then tries whatever
 * allocator is linked or preloaded, which tells a fault of the test from one
 * of the library; compile it with -fno-builtin.
 */
#ifndef TEST_UNDER_TEST_H
#define TEST_UNDER_TEST_H

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "memalloc.h"

/* What every block is aligned to; some peers give small ones only 8. */
#ifndef TEST_STANDARD_NAMES
#define T_ALIGNMENT(size) ((void)(size), (size_t)16)
#else
#define T_ALIGNMENT(size) ((size) < 16 ? (size_t)8 : (size_t)16)
#endif

#ifndef TEST_STANDARD_NAMES

#define t_malloc memalloc_malloc
#define t_calloc memalloc_calloc
#define t_realloc memalloc_realloc
#define t_reallocarray memalloc_reallocarray
#define t_reallocf memalloc_reallocf
#define t_recallocarray memalloc_recallocarray
#define t_aligned_alloc memalloc_aligned_alloc
#define t_posix_memalign memalloc_posix_memalign
#define t_memalign memalloc_memalign
#define t_valloc memalloc_valloc
#define t_pvalloc memalloc_pvalloc
#define t_free memalloc_free
#define t_cfree memalloc_cfree
#define t_free_sized memalloc_free_sized
#define t_free_aligned_sized memalloc_free_aligned_sized
#define t_freezero memalloc_freezero
#define t_usable_size memalloc_usable_size
#define t_good_size memalloc_good_size
#define t_trim memalloc_trim
#define t_check memalloc_check
#define t_print_heap memalloc_print_heap

/* Address space of all spans, in bytes. */
__attribute__((unused)) static size_t
t_heap_bytes(void)
{
	struct memalloc_stats stats;

	return memalloc_stats(&stats, sizeof(stats)) == 0 ? stats.heap : 0;
}

#else /* TEST_STANDARD_NAMES */

/*
 * What only memalloc has is used where the allocator turns out to be
 * memalloc, and left out or replaced by its nearest relative elsewhere.
 */
#pragma weak memalloc_check
#pragma weak memalloc_print_heap

#define t_malloc malloc
#define t_calloc calloc
#define t_realloc realloc
#define t_reallocarray reallocarray
#define t_aligned_alloc aligned_alloc
#define t_posix_memalign posix_memalign
#define t_memalign memalign
#define t_valloc valloc
#define t_pvalloc pvalloc
#define t_free free
#define t_cfree free
#define t_free_sized(p, size) ((void)(size), free(p))
#define t_free_aligned_sized(p, alignment, size) \
	((void)(alignment), (void)(size), free(p))
#define t_usable_size(p) malloc_usable_size((void *)(p))
#define t_trim malloc_trim

static inline size_t
t_good_size(size_t size)
{
	return size;
}

static inline void *
t_reallocf(void *p, size_t size)
{
	void *q = realloc(p, size);

	if (q == NULL && size != 0) {
		free(p);
	}
	return q;
}

static inline void *
t_recallocarray(void *p, size_t old_count, size_t count, size_t size)
{
	void *q = realloc(p, count * size);

	if (q != NULL && count > old_count) {
		memset((char *)q + old_count * size, 0,
		       (count - old_count) * size);
	}
	return q;
}

static inline void
t_freezero(void *p, size_t size)
{
	if (p != NULL) {
		memset(p, 0, size);
	}
	free(p);
}

static inline int
t_check(void)
{
	return memalloc_check ? memalloc_check() : 0;
}

static inline int
t_print_heap(int fd)
{
	return memalloc_print_heap ? memalloc_print_heap(fd) : 0;
}

static inline size_t
t_heap_bytes(void)
{
	return 0;
}

#endif /* TEST_STANDARD_NAMES */

#endif /* TEST_UNDER_TEST_H */
