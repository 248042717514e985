/* SPDX-License-Identifier: MIT */
/*
 * api_mallopt.c - the contract of mallopt: glibc's parameters act or are
 * accepted.  Each test runs in a process of its own (check forks).
 */
#include <errno.h>
#include <unistd.h>

#include "names.h"
#include "util.h"

/* Those that glibc's header may no longer name. */
enum {
	PARAMETER_MXFAST = 1,
	PARAMETER_NLBLKS = 2,
	PARAMETER_GRAIN = 3,
	PARAMETER_KEEP = 4,
	PARAMETER_TRIM_THRESHOLD = -1,
	PARAMETER_TOP_PAD = -2,
	PARAMETER_MMAP_THRESHOLD = -3,
	PARAMETER_MMAP_MAX = -4,
	PARAMETER_CHECK_ACTION = -5,
	PARAMETER_PERTURB = -6,
	PARAMETER_ARENA_TEST = -7,
	PARAMETER_ARENA_MAX = -8,
};

START_TEST(every_parameter_of_glibc_is_accepted)
{
	static const struct {
		int parameter, value;
	} row[] = {
		{ PARAMETER_MXFAST, 64 }, { PARAMETER_NLBLKS, 1 },
		{ PARAMETER_GRAIN, 1 }, { PARAMETER_KEEP, 1 },
		{ PARAMETER_TRIM_THRESHOLD, 131072 },
		{ PARAMETER_TRIM_THRESHOLD, -1 },
		{ PARAMETER_TOP_PAD, 65536 },
		{ PARAMETER_MMAP_THRESHOLD, 1 << 20 },
		{ PARAMETER_MMAP_MAX, 1000 }, { PARAMETER_CHECK_ACTION, 3 },
		{ PARAMETER_PERTURB, 0 }, { PARAMETER_ARENA_TEST, 2 },
		{ PARAMETER_ARENA_MAX, 1 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		errno = 77;
		REQUIRE(mallopt(row[i].parameter, row[i].value) == 1,
		        "parameter %d", row[i].parameter);
		REQUIRE(errno == 77, "parameter %d", row[i].parameter);
	}
	free(opaque(malloc(100)));
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(an_unknown_parameter_is_accepted_too)
{
	errno = 77;
	ck_assert_int_eq(mallopt(4711, 1), 1);
	ck_assert_int_eq(mallopt(-4711, 1), 1);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(a_mmap_threshold_gives_blocks_their_own_mapping)
{
	struct mallinfo2 before, with;
	void *p, *q;

	ck_assert_int_eq(mallopt(PARAMETER_MMAP_THRESHOLD, 2 << 20), 1);
	before = mallinfo2();
	p = malloc(3 * MIB);
	with = mallinfo2();
	ck_assert_uint_eq(with.hblks, before.hblks + 1);
	ck_assert_uint_ge(with.hblkhd, before.hblkhd + 3 * MIB);
	q = malloc(1 * MIB);
	ck_assert_uint_eq(mallinfo2().hblks, before.hblks + 1);
	memset(opaque(p), 1, 3 * MIB);
	p = realloc(p, 5 * MIB);
	REQUIRE(is_filled(p, 3 * MIB, 1), "grown");
	free(opaque(p));
	free(opaque(q));
	ck_assert_uint_eq(mallinfo2().hblks, before.hblks);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(without_a_mmap_threshold_such_blocks_have_none)
{
	size_t before = mallinfo2().hblks;
	void *p = malloc(3 * MIB);

	ck_assert_uint_eq(mallinfo2().hblks, before);
	free(opaque(p));
}
END_TEST

START_TEST(mmap_max_zero_keeps_huge_blocks_in_the_heap)
{
	size_t before = mallinfo2().hblks;
	char *p;

	ck_assert_int_eq(mallopt(PARAMETER_MMAP_MAX, 0), 1);
	p = malloc(40 * MIB);
	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(mallinfo2().hblks, before);
	memset(opaque(p), 1, 40 * MIB);
	p = realloc(p, 80 * MIB);
	REQUIRE(is_filled(p, 40 * MIB, 1), "grown");
	free(opaque(p));
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

/* How far the break falls when a block of 8 MiB at its top is freed. */
static size_t
fall_of_the_break(void)
{
	void *p = malloc(8 * MIB);
	char *before;

	memset(opaque(p), 1, 8 * MIB);
	before = sbrk(0);
	free(opaque(p));
	return before - (char *)sbrk(0);
}

START_TEST(a_trim_threshold_lowers_the_break)
{
	memalloc_trim(0);
	ck_assert_uint_lt(fall_of_the_break(), 2 * MIB);
	ck_assert_int_eq(mallopt(PARAMETER_TRIM_THRESHOLD, 1 << 20), 1);
	ck_assert_uint_ge(fall_of_the_break(), 6 * MIB);
}
END_TEST

START_TEST(a_trim_threshold_of_minus_one_never_lowers_it)
{
	ck_assert_int_eq(mallopt(PARAMETER_TRIM_THRESHOLD, 1 << 20), 1);
	ck_assert_int_eq(mallopt(PARAMETER_TRIM_THRESHOLD, -1), 1);
	ck_assert_uint_eq(fall_of_the_break(), 0);
}
END_TEST

START_TEST(a_top_pad_raises_the_break_further)
{
	char *before;
	void *p;

	memalloc_trim(0);
	before = sbrk(0);
	ck_assert_int_eq(mallopt(PARAMETER_TOP_PAD, 24 << 20), 1);
	p = malloc(4 * MIB);
	ck_assert_uint_ge((char *)sbrk(0) - before, 20 * MIB);
	free(opaque(p));
}
END_TEST

START_TEST(perturb_fills_new_and_freed_blocks)
{
	unsigned char *p, *q;

	/* Blocks taken before it, freed under it, and the reverse. */
	p = malloc(100);
	ck_assert_int_eq(mallopt(PARAMETER_PERTURB, 0x5a), 1);
	free(opaque(p));
	p = opaque(p);
	REQUIRE(is_filled(p + 16, 84, 0x5a), "freed");
	for (size_t size = 1; size <= 100000; size = size * 3 + 1) {
		p = malloc(size);
		REQUIRE(is_filled(p, size, 0xa5), "size %zu", size);
		q = calloc(1, size);
		REQUIRE(is_filled(q, size, 0), "calloc %zu", size);
		free(opaque(q));
		free(opaque(p));
		if (size > 16 && size < 4096) {
			p = opaque(p);
			REQUIRE(is_filled(p + 16, size - 16, 0x5a), "%zu",
			        size);
		}
	}
	p = malloc(100);
	memset(opaque(p), 7, 100);
	p = realloc(p, 5000);
	REQUIRE(is_filled(p, 100, 7), "realloc");
	ck_assert_int_eq(mallopt(PARAMETER_PERTURB, 0), 1);
	free(opaque(p));
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mallopt");
	TCase *tcase = add_case(suite, "mallopt", 60);

	tcase_add_test(tcase, every_parameter_of_glibc_is_accepted);
	tcase_add_test(tcase, an_unknown_parameter_is_accepted_too);
	tcase_add_test(tcase, a_mmap_threshold_gives_blocks_their_own_mapping);
	tcase_add_test(tcase, without_a_mmap_threshold_such_blocks_have_none);
	tcase_add_test(tcase, mmap_max_zero_keeps_huge_blocks_in_the_heap);
	tcase_add_test(tcase, a_trim_threshold_lowers_the_break);
	tcase_add_test(tcase, a_trim_threshold_of_minus_one_never_lowers_it);
	tcase_add_test(tcase, a_top_pad_raises_the_break_further);
	tcase_add_test(tcase, perturb_fills_new_and_freed_blocks);
	return run_suite(suite);
}
