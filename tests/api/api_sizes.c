/* SPDX-License-Identifier: MIT */
/*
 * api_sizes.c - every size: there is as much room as was asked for, in the
 * hardened build no more, and what cannot be is refused by every function.
 */
#include <errno.h>
#include <stdint.h>

#include "names.h"
#include "util.h"

#ifdef MA_HARDENED
#define IS_EXACT MA_HARDENED
#else
#define IS_EXACT 0
#endif

#define MOST MIB
/* Up to here every size; beyond, those around the borders of slices. */
#define EACH ((size_t)36000)
#define SLICE ((size_t)16384)

/* A size after SIZE. */
static size_t
next_size(size_t size)
{
	size_t offset = size % SLICE;

	if (size < EACH || offset < 2 || offset >= SLICE - 2)
		return size + 1;
	/* A guard page and a canary lie before the border. */
	if (offset >= SLICE - 4096 - 12 && offset < SLICE - 4096 + 2)
		return size + 1;
	return offset < SLICE - 4096 - 12 ? size - offset + SLICE - 4096 - 12 :
		size - offset + SLICE - 2;
}

static void
expect_room(const void *p, size_t size)
{
	size_t room = memalloc_usable_size(p);

	REQUIRE(p != NULL, "%zu", size);
	REQUIRE(is_aligned(p, 16), "%zu", size);
	REQUIRE(IS_EXACT ? room == size : room >= size, "%zu of %zu", room,
	        size);
}

/* The first bytes and the last ones. */
static void
touch(void *p, size_t size)
{
	size_t n = size < 8 ? size : 8;

	memset(opaque(p), 0x5a, n);
	memset((char *)opaque(p) + size - n, 0x5a, n);
}

START_TEST(every_size_has_its_room)
{
	for (size_t size = 0; size <= MOST; size = next_size(size)) {
		void *p = memalloc_malloc(size);

		expect_room(p, size);
		touch(p, size);
		memalloc_free_sized(p, size);
		p = memalloc_calloc(1, size);
		expect_room(p, size);
		REQUIRE(size == 0 || (*(char *)p == 0 &&
		                      ((char *)p)[size - 1] == 0),
		        "%zu", size);
		touch(p, size);
		memalloc_free(p);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(every_size_can_become_another)
{
	for (size_t size = 1; size <= MOST; size = next_size(size)) {
		size_t other = 1 + size * 7919 % MOST;
		size_t kept = size < other ? size : other;
		char *p = memalloc_malloc(size);

		touch(p, size);
		p = memalloc_realloc(p, other);
		expect_room(p, other);
		REQUIRE(p[0] == 0x5a, "%zu %zu", size, other);
		REQUIRE(kept != size || p[size - 1] == 0x5a, "%zu %zu", size,
		        other);
		touch(p, other);
		memalloc_free_sized(p, other);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(every_size_can_be_aligned)
{
	static const size_t alignments[] = { 32, 64, 512, 4096, 65536 };
	size_t alignment = alignments[_i];

	for (size_t size = 0; size <= MOST; size = next_size(size + 11)) {
		void *p = memalloc_aligned_alloc(alignment, size);

		expect_room(p, size);
		REQUIRE(is_aligned(p, alignment), "%zu", size);
		touch(p, size);
		memalloc_free_aligned_sized(p, alignment, size);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

/* --- Where sizes end ---------------------------------------------------- */

/* A call that gave P for SIZE bytes: all the address space has no more. */
static void
expect_refusal(void *p, size_t size, int call)
{
	REQUIRE(p == NULL, "call %d gave %zx bytes", call, size);
	REQUIRE(errno == ENOMEM, "call %d of %zx: errno %d", call, size,
	        errno);
	errno = 0;
}

static void
try_all(const struct names *name, size_t size)
{
	char *kept = name->malloc(50);
	void *out = kept;

	memset(kept, 0x5a, 50);
	errno = 0;
	expect_refusal(name->malloc(size), size, 1);
	expect_refusal(name->calloc(1, size), size, 2);
	expect_refusal(name->calloc(size, 3), size, 3);
	expect_refusal(name->memalign(4096, size), size, 4);
	expect_refusal(name->aligned_alloc(64, size), size, 5);
	expect_refusal(name->valloc(size), size, 6);
	expect_refusal(name->pvalloc(size), size, 7);
	expect_refusal(name->reallocarray(NULL, size, 3), size, 8);
	expect_refusal(name->memalign(TOP_BIT >> 23, size), size, 9);
	expect_refusal(name->realloc(kept, size), size, 10);
	expect_refusal(name->reallocarray(kept, size, 2), size, 11);
	ck_assert_int_eq(name->posix_memalign(&out, 64, size), ENOMEM);
	REQUIRE(out == kept && is_filled(kept, 50, 0x5a), "%zx", size);
	name->free(kept);
}

START_TEST(sizes_at_the_bounds_are_refused)
{
	static const size_t distances[] = {
		0, 1, 2, 7, 8, 9, 15, 16, 17, 4087, 4088, 4089, 4095, 4096,
		4097, 4103, 4104, 4105, 16375, 16376, 16383, 16384, 16385,
		20479, 20480, 20488, 32768, 65535, 65536
	};
	const struct names *name = &names[_i];

	for (size_t i = 0; i < ARRAY_LENGTH(distances); i++) {
		size_t distance = distances[i];

		try_all(name, SIZE_MAX - distance);
		for (int bits = 62; IS_64_BIT && bits >= 48; bits--) {
			size_t top = (size_t)1 << bits;

			try_all(name, 2 * top - 1 - distance);
			try_all(name, top + distance);
		}
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sizes");
	TCase *tcase = add_case(suite, "sizes", 240);

	tcase_add_test(tcase, every_size_has_its_room);
	tcase_add_test(tcase, every_size_can_become_another);
	tcase_add_loop_test(tcase, every_size_can_be_aligned, 0, 5);
	tcase_add_loop_test(tcase, sizes_at_the_bounds_are_refused, 0,
	                    NAMES_COUNT);
	return run_suite(suite);
}
