/* SPDX-License-Identifier: MIT */
/*
 * names.h - the allocation functions under each of their names.
 *
 * One suite serves all names: a test is added with tcase_add_loop_test(tcase,
 * test, 0, NAMES_COUNT) and calls through names[_i].  The rows are the
 * standard names, the prefixed ones, and the __libc_ aliases.  A build that
 * does not override the standard names defines TEST_PREFIXED_ONLY.
 */
#ifndef TEST_NAMES_H
#define TEST_NAMES_H

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

#include "memalloc.h"
#include "others.h"

struct names {
	const char *label;
	void *(*malloc)(size_t size);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *p, size_t size);
	void (*free)(void *p);
	void (*cfree)(void *p);
	void (*free_sized)(void *p, size_t size);
	void (*free_aligned_sized)(void *p, size_t alignment, size_t size);
	void *(*aligned_alloc)(size_t alignment, size_t size);
	int (*posix_memalign)(void **out, size_t alignment, size_t size);
	void *(*memalign)(size_t alignment, size_t size);
	void *(*valloc)(size_t size);
	void *(*pvalloc)(size_t size);
	void *(*reallocarray)(void *p, size_t count, size_t size);
	size_t (*usable_size)(const void *p);
	int (*trim)(size_t pad);
};

#ifndef TEST_PREFIXED_ONLY
/* Not declared by every system's headers. */
void cfree(void *p);
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t alignment, size_t size);
void *reallocarray(void *p, size_t count, size_t size);
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);
void __libc_cfree(void *p);
void *__libc_memalign(size_t alignment, size_t size);
void *__libc_valloc(size_t size);
void *__libc_pvalloc(size_t size);
int __posix_memalign(void **out, size_t alignment, size_t size);

__attribute__((unused)) static size_t
standard_usable_size(const void *p)
{
	return malloc_usable_size((void *)p);
}
#endif

__attribute__((unused)) static const struct names names[] = {
	{
		.label = "prefixed",
		.malloc = memalloc_malloc,
		.calloc = memalloc_calloc,
		.realloc = memalloc_realloc,
		.free = memalloc_free,
		.cfree = memalloc_cfree,
		.free_sized = memalloc_free_sized,
		.free_aligned_sized = memalloc_free_aligned_sized,
		.aligned_alloc = memalloc_aligned_alloc,
		.posix_memalign = memalloc_posix_memalign,
		.memalign = memalloc_memalign,
		.valloc = memalloc_valloc,
		.pvalloc = memalloc_pvalloc,
		.reallocarray = memalloc_reallocarray,
		.usable_size = memalloc_usable_size,
		.trim = memalloc_trim,
	},
#ifndef TEST_PREFIXED_ONLY
	{
		.label = "standard",
		.malloc = malloc,
		.calloc = calloc,
		.realloc = realloc,
		.free = free,
		.cfree = cfree,
		.free_sized = free_sized,
		.free_aligned_sized = free_aligned_sized,
		.aligned_alloc = aligned_alloc,
		.posix_memalign = posix_memalign,
		.memalign = memalign,
		.valloc = valloc,
		.pvalloc = pvalloc,
		.reallocarray = reallocarray,
		.usable_size = standard_usable_size,
		.trim = malloc_trim,
	},
	{
		.label = "__libc_",
		.malloc = __libc_malloc,
		.calloc = __libc_calloc,
		.realloc = __libc_realloc,
		.free = __libc_free,
		.cfree = __libc_cfree,
		.free_sized = free_sized,
		.free_aligned_sized = free_aligned_sized,
		.aligned_alloc = aligned_alloc,
		.posix_memalign = __posix_memalign,
		.memalign = __libc_memalign,
		.valloc = __libc_valloc,
		.pvalloc = __libc_pvalloc,
		.reallocarray = reallocarray,
		.usable_size = standard_usable_size,
		.trim = malloc_trim,
	},
#endif
};

#define NAMES_COUNT ((int)(sizeof(names) / sizeof(names)[0]))

/*
 * Sizes on both sides of every border: 0, the classes' doublings, the end of
 * the small classes, slices, the huge threshold.  Blocks of 0 bytes have no
 * room and are not counted in the hardened build.
 */
__attribute__((unused)) static const size_t border_sizes[] = {
#if !MA_HARDENED
	0,
#endif
	1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 127, 128, 129, 255, 256, 257,
	511, 513, 1000, 1024, 1025, 2047, 2049, 4095, 4096, 4097, 8192, 8193,
	16384, 16385, 32767, 32768, 32769, 33792, 65535, 65536, 65537, 98304,
	131071, 131072, 131073, 1000000, 1048576, 1048577, 4194304, 4194305,
	16777217, 32505856, 33554431, 33554432, 33554433, 41943041,
};

#define BORDER_COUNT (sizeof(border_sizes) / sizeof(border_sizes)[0])

/* Bytes of the blocks that the program holds, and their number. */
__attribute__((unused)) static size_t
live_bytes(void)
{
	struct memalloc_stats stats;

	return memalloc_stats(&stats, sizeof(stats)) == 0 ? stats.live : 0;
}

__attribute__((unused)) static size_t
live_blocks(void)
{
	struct memalloc_stats stats;

	return memalloc_stats(&stats, sizeof(stats)) == 0
	               ? stats.live_blocks : 0;
}

/* Address space of all spans. */
__attribute__((unused)) static size_t
heap_bytes(void)
{
	struct memalloc_stats stats;

	return memalloc_stats(&stats, sizeof(stats)) == 0 ? stats.heap : 0;
}

#endif /* TEST_NAMES_H */
