/* SPDX-License-Identifier: MIT */
/*
 * test_meta.c - memory for records.
 */
#include "base.h"

#include <pthread.h>

#include "fake_os.h"
#include "meta.h"
#include "util.h"

START_TEST(records_are_zero_aligned_and_apart)
{
	static char *record[2000];
	uint64_t random = 1;
	size_t size[ARRAY_LENGTH(record)];

	for (size_t i = 0; i < ARRAY_LENGTH(record); i++) {
		size[i] = 1 + next_random(&random) % 3000;
		record[i] = ma_meta_alloc(size[i]);
		REQUIRE(record[i] != NULL, "%zu", i);
		REQUIRE(is_aligned(record[i], MA_CACHE_LINE), "%zu", i);
		REQUIRE(is_filled(record[i], size[i], 0), "%zu", i);
		fill(record[i], size[i], (unsigned)i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(record); i++) {
		REQUIRE(holds(record[i], size[i], (unsigned)i), "%zu", i);
	}
}
END_TEST

START_TEST(few_calls_of_the_system_serve_many_records)
{
	for (int i = 0; i < 1000; i++) {
		ck_assert_ptr_nonnull(ma_meta_alloc(64));
	}
	ck_assert_uint_eq(fake_os_count_all(), 1);
	ck_assert_uint_ge(ma_meta_bytes(), 64000);
}
END_TEST

START_TEST(a_record_longer_than_a_step_is_served)
{
	char *p = ma_meta_alloc(3 * MIB);

	ck_assert_ptr_nonnull(p);
	REQUIRE(is_filled(p, 3 * MIB, 0), "zero");
	ck_assert_uint_ge(ma_meta_bytes(), 3 * MIB);
}
END_TEST

/* Else what is touched of a table of which little is used is all there, where
   the system makes pages huge unasked. */
START_TEST(a_long_record_is_not_of_huge_pages)
{
	ck_assert_ptr_nonnull(ma_meta_alloc(MIB));
	ck_assert_uint_eq(fake_os_no_huge_pages(), 0);
	ck_assert_ptr_nonnull(ma_meta_alloc(3 * MIB));
	ck_assert_uint_ge(fake_os_no_huge_pages(), 3 * MIB);
}
END_TEST

START_TEST(where_mapping_is_refused_the_break_serves)
{
	fake_os_refuse(FAKE_MAP, true);
	/* It starts in a page that others have written. */
	fake_os_foreign_break(1000);
	for (int i = 0; i < 3000; i++) {
		char *p = ma_meta_alloc(200);

		REQUIRE(p != NULL, "%d", i);
		REQUIRE(is_aligned(p, MA_CACHE_LINE), "%d", i);
		REQUIRE(is_filled(p, 200, 0), "%d", i);
		memset(p, 1, 200);
		if (i % 500 == 0) {
			fake_os_foreign_break(777);
		}
	}
}
END_TEST

START_TEST(where_all_is_refused_it_is_null_until_it_is_not)
{
	void *p;

	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	ck_assert_ptr_null(ma_meta_alloc(100));
	ck_assert_ptr_null(ma_meta_alloc(1 * MIB));
	ck_assert_uint_eq(ma_meta_bytes(), 0);
	fake_os_refuse(FAKE_BREAK_EXTEND, false);
	p = ma_meta_alloc(100);
	ck_assert_ptr_nonnull(p);
	ck_assert(!ma_lock_is_mine(&ma_meta_lock));
}
END_TEST

START_TEST(a_refused_step_is_tried_smaller)
{
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	fake_os_refuse_nth(FAKE_MAP, 1);
	ck_assert_ptr_nonnull(ma_meta_alloc(100));
	ck_assert_uint_le(ma_meta_bytes(), 64 * KIB);
}
END_TEST

static void *
take_many(void *arg)
{
	char **record = arg;

	for (int i = 0; i < 1000; i++) {
		record[i] = ma_meta_alloc(100);
		fill(record[i], 100, (unsigned)(uintptr_t)record[i]);
	}
	return NULL;
}

START_TEST(threads_get_records_apart)
{
	static char *record[4][1000];
	pthread_t thread[4];

	for (int t = 0; t < 4; t++) {
		ck_assert_int_eq(pthread_create(&thread[t], NULL, take_many,
		                                record[t]), 0);
	}
	for (int t = 0; t < 4; t++) {
		pthread_join(thread[t], NULL);
	}
	for (int i = 0; i < 4000; i++) {
		char *p = record[i / 1000][i % 1000];

		REQUIRE(holds(p, 100, (unsigned)(uintptr_t)p), "%d", i);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("meta");
	TCase *tcase = add_case(suite, "meta", 60);

	tcase_add_test(tcase, records_are_zero_aligned_and_apart);
	tcase_add_test(tcase, few_calls_of_the_system_serve_many_records);
	tcase_add_test(tcase, a_record_longer_than_a_step_is_served);
	tcase_add_test(tcase, a_long_record_is_not_of_huge_pages);
	tcase_add_test(tcase, where_mapping_is_refused_the_break_serves);
	tcase_add_test(tcase, where_all_is_refused_it_is_null_until_it_is_not);
	tcase_add_test(tcase, a_refused_step_is_tried_smaller);
	tcase_add_test(tcase, threads_get_records_apart);
	return run_suite(suite);
}
