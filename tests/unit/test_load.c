/* SPDX-License-Identifier: MIT */
/*
 * test_load.c - blocks and bytes that are counted together.
 */
#include <pthread.h>

#include "load.h"
#include "util.h"

#define ADDITIONS 20000

START_TEST(blocks_and_bytes_are_told_apart)
{
	struct ma_load load = ma_load_of(3, 4096);

	ck_assert_uint_eq(ma_load_blocks(load), 3);
	ck_assert_uint_eq(ma_load_bytes(load), 4096);
	load = ma_load_of(0xffffff, UINT32_MAX);
	ck_assert_uint_eq(ma_load_blocks(load), 0xffffff);
	ck_assert_uint_eq(ma_load_bytes(load), UINT32_MAX);
}
END_TEST

START_TEST(sums_and_differences_are_of_both)
{
	struct ma_load sum = ma_load_plus(ma_load_of(3, 48),
	                                  ma_load_of(2, 1000));

	ck_assert_uint_eq(ma_load_blocks(sum), 5);
	ck_assert_uint_eq(ma_load_bytes(sum), 1048);
	sum = ma_load_minus(sum, ma_load_of(4, 48));
	ck_assert_uint_eq(ma_load_blocks(sum), 1);
	ck_assert_uint_eq(ma_load_bytes(sum), 1000);
}
END_TEST

/* Both are counts of all that ever was, and go around. */
START_TEST(a_difference_is_right_though_counts_went_round)
{
	struct ma_load few = ma_load_minus(ma_load_of(0, 0),
	                                   ma_load_of(5, 100));
	struct ma_load more = ma_load_plus(few, ma_load_of(7, 300));
	struct ma_load difference = ma_load_minus(more, few);

	ck_assert_uint_eq(ma_load_blocks(difference), 7);
	ck_assert_uint_eq(ma_load_bytes(difference), 300);
}
END_TEST

static void *
add(void *shared)
{
	for (int i = 0; i < ADDITIONS; i++) {
		ma_load_add(shared, ma_load_of(2, 48));
	}
	return NULL;
}

START_TEST(no_addition_of_another_thread_is_lost)
{
	struct ma_load shared = ma_load_of(0, 0), load;
	pthread_t other;

	ck_assert_int_eq(pthread_create(&other, NULL, add, &shared), 0);
	add(&shared);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	load = ma_load_read(&shared);
	ck_assert_uint_eq(ma_load_blocks(load), (size_t)4 * ADDITIONS);
	ck_assert_uint_eq(ma_load_bytes(load), (size_t)96 * ADDITIONS);
	ma_load_write(&shared, ma_load_of(1, 16));
	ck_assert_uint_eq(ma_load_blocks(ma_load_read(&shared)), 1);
	ck_assert_uint_eq(ma_load_bytes(ma_load_read(&shared)), 16);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("load");
	TCase *tcase = add_case(suite, "load", 60);

	tcase_add_test(tcase, blocks_and_bytes_are_told_apart);
	tcase_add_test(tcase, sums_and_differences_are_of_both);
	tcase_add_test(tcase, a_difference_is_right_though_counts_went_round);
	tcase_add_test(tcase, no_addition_of_another_thread_is_lost);
	return run_suite(suite);
}
