/* SPDX-License-Identifier: MIT */
/*
 * test_pagemap.c - P1 and P3: any address may be asked for.
 */
#include "base.h"

#include "fake_os.h"
#include "pagemap.h"
#include "util.h"

#define AT(n) ((uintptr_t)(n) << MA_SLICE_SHIFT)
#define LEAF_BYTES ((uintptr_t)1 << MA_ROOT_SHIFT)

/* Of those that are longer than an address, the lower part. */
static const uint64_t wild[] = {
	0, 1, 8, 4095, 65536, (uint64_t)1 << 46, ((uint64_t)1 << 47) - 1,
	(uint64_t)1 << 47, (uint64_t)1 << 48, (uint64_t)1 << 60,
	0x4141414141414141, 0x8000000000000000, 0xffffffff81000000,
	UINTPTR_MAX, UINTPTR_MAX - 65535,
};

START_TEST(wild_addresses_are_foreign)
{
	for (size_t i = 0; i < ARRAY_LENGTH(wild); i++) {
		uintptr_t at = (uintptr_t)wild[i];

		REQUIRE(ma_pagemap_word(at) == MA_WORD_FOREIGN, "%zx", at);
		REQUIRE(ma_pagemap_record(at) == NULL, "%zx", at);
		REQUIRE(ma_pagemap_span(at) == NULL, "%zx", at);
	}
	ck_assert_uint_eq(ma_pagemap_next(0), 0);
	ck_assert_uint_eq(ma_pagemap_next(UINTPTR_MAX), 0);
}
END_TEST

START_TEST(bits_beyond_the_root_do_not_alias)
{
	ck_assert(ma_pagemap_cover(AT(1000), 1));
	ma_pagemap_set(AT(1000), MA_WORD_LARGE);
	for (unsigned bit = MA_ADDRESS_BITS; bit < SIZE_BITS; bit++) {
		REQUIRE(ma_pagemap_word(AT(1000) | (uintptr_t)1 << bit) ==
		        MA_WORD_FOREIGN, "bit %u", bit);
	}
}
END_TEST

START_TEST(words_are_set_for_their_slice_alone)
{
	uintptr_t last = LEAF_BYTES - MA_SLICE_SIZE;

	ck_assert(ma_pagemap_cover(last, 2));
	ma_pagemap_set(last, MA_WORD_LARGE);
	ck_assert_uint_eq(ma_pagemap_word(last), MA_WORD_LARGE);
	ck_assert_uint_eq(ma_pagemap_word(last + MA_SLICE_SIZE - 1),
	                  MA_WORD_LARGE);
	ck_assert_uint_eq(ma_pagemap_word(last + MA_SLICE_SIZE),
	                  MA_WORD_FOREIGN);
	ck_assert_uint_eq(ma_pagemap_word(last - 1), MA_WORD_FOREIGN);
	ma_pagemap_set(last + MA_SLICE_SIZE, MA_WORD_TAIL);
	ck_assert_uint_eq(ma_pagemap_word(last + MA_SLICE_SIZE), MA_WORD_TAIL);
	ck_assert_ptr_eq(ma_pagemap_span(last + MA_SLICE_SIZE + 5),
	                 ma_pagemap_record(last));
}
END_TEST

START_TEST(every_covered_slice_has_a_record_of_its_own)
{
	/* Over two borders of leaves, and many of chunks; of 32 bits there is
	   one. */
	size_t n = IS_64_BIT ? 2 * MA_LEAF_WORDS + 100 : 100;
	uintptr_t start = (IS_64_BIT ? 3 : 1) * LEAF_BYTES - AT(50);
	struct ma_span *last = NULL;

	ck_assert(ma_pagemap_cover(start, n));
	for (size_t i = 0; i < n; i++) {
		struct ma_span *record = ma_pagemap_record(start + AT(i));

		REQUIRE(record != NULL && record != last, "slice %zu", i);
		REQUIRE(record == ma_pagemap_record(start + AT(i) +
		                                    MA_SLICE_SIZE - 1),
		        "slice %zu", i);
		record->slices = (uint32_t)i;
		last = record;
	}
	for (size_t i = 0; i < n; i++) {
		REQUIRE(ma_pagemap_record(start + AT(i))->slices == i,
		        "slice %zu", i);
	}
}
END_TEST

START_TEST(the_highest_slice_is_covered_and_no_higher)
{
	uintptr_t top = ((uintptr_t)1 << (MA_ADDRESS_BITS - 1) << 1) -
		MA_SLICE_SIZE;

	ck_assert(ma_pagemap_cover(top, 1));
	ma_pagemap_set(top, MA_WORD_LARGE);
	ck_assert_uint_eq(ma_pagemap_word(UINTPTR_MAX >> (SIZE_BITS -
	                                                  MA_ADDRESS_BITS)),
	                  MA_WORD_LARGE);
	ck_assert_uint_eq(ma_pagemap_next(AT(1)), top);
	ck_assert(!ma_pagemap_cover(top, 2));
	ck_assert(!IS_64_BIT || !ma_pagemap_cover(top + MA_SLICE_SIZE, 1));
	ck_assert(!IS_64_BIT || !ma_pagemap_cover(UINTPTR_MAX - 65535, 1));
}
END_TEST

START_TEST(without_memory_nothing_is_covered)
{
	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	ck_assert(!ma_pagemap_cover(AT(5000), 1));
	ck_assert_uint_eq(ma_pagemap_word(AT(5000)), MA_WORD_FOREIGN);
	fake_os_refuse(FAKE_MAP, false);
	ck_assert(ma_pagemap_cover(AT(5000), 1));
	ck_assert_ptr_nonnull(ma_pagemap_record(AT(5000)));
}
END_TEST

START_TEST(every_slice_of_an_owned_span_leads_to_its_head)
{
	struct ma_span *span;

	ck_assert(ma_pagemap_cover(AT(700), MA_SPAN_SLICES_MAX));
	span = ma_pagemap_record(AT(700));
	span->base = AT(700);
	span->slices = MA_SPAN_SLICES_MAX;
	ma_pagemap_set_owner(span, 0xabcde, 71);
	for (size_t i = 0; i < MA_SPAN_SLICES_MAX; i++) {
		uintptr_t a = AT(700 + i) + 77;
		uint32_t word = ma_pagemap_word(a);

		REQUIRE(ma_word_owner(word) == 0xabcde, "slice %zu", i);
		REQUIRE(ma_word_bin(word) == 71, "slice %zu", i);
		REQUIRE(ma_word_base(word, a) == AT(700), "slice %zu", i);
		REQUIRE(ma_pagemap_span(a) == span, "slice %zu", i);
	}
}
END_TEST

START_TEST(every_slice_of_a_free_span_leads_to_its_head)
{
	struct ma_span *span;

	ck_assert(ma_pagemap_cover(AT(900), 20));
	span = ma_pagemap_record(AT(900));
	span->base = AT(900);
	span->slices = 20;
	span->kind = MA_SPAN_FREE;
	ma_pagemap_record(AT(919))->kind = MA_SPAN_END;
	ma_pagemap_record(AT(919))->slices = 20;
	for (size_t i = 0; i < 20; i++) {
		ma_pagemap_set(AT(900 + i), i % 2 ? MA_WORD_FREE :
		               MA_WORD_FREE | MA_WORD_DIRTY);
	}
	for (size_t i = 0; i < 20; i++) {
		REQUIRE(ma_pagemap_span(AT(900 + i) + 100) == span, "%zu", i);
	}
}
END_TEST

START_TEST(a_run_of_words_is_filled_across_leaves_and_counted)
{
	/* The last slices of a leaf, and the first ones of the next. */
	uintptr_t start = 5 * LEAF_BYTES - 3 * MA_SLICE_SIZE;

	ck_assert(ma_pagemap_cover(start, 10));
	ma_pagemap_fill(start, 7, MA_WORD_FREE | MA_WORD_DIRTY, 0);
	ck_assert_uint_eq(ma_pagemap_count_dirty(start, 10), 7);
	ma_pagemap_fill(start + MA_SLICE_SIZE, 8, MA_WORD_TAIL, MA_WORD_DIRTY);
	ck_assert_uint_eq(ma_pagemap_count_dirty(start, 10), 7);
	for (size_t i = 0; i < 10; i++) {
		uint32_t word = ma_pagemap_word(start + i * MA_SLICE_SIZE);

		REQUIRE(ma_word_what(word) == (i == 0   ? MA_WORD_FREE
		                               : i == 9 ? MA_WORD_FOREIGN
		                                        : MA_WORD_TAIL),
		        "slice %zu", i);
		REQUIRE((word & MA_WORD_DIRTY) == (i < 7), "slice %zu", i);
	}
}
END_TEST

START_TEST(next_visits_every_used_slice_in_order)
{
	static const size_t at[] = { 1, 2, 8191, 8192, 8193, 100000,
	                             50000000, 2000000000 };
	size_t most = ARRAY_LENGTH(at);
	uintptr_t a = 0;

	while (at[most - 1] >> (MA_ADDRESS_BITS - MA_SLICE_SHIFT) != 0) {
		most--;
	}
	for (size_t i = 0; i < most; i++) {
		ck_assert(ma_pagemap_cover(AT(at[i]), 1));
		ma_pagemap_set(AT(at[i]), MA_WORD_LARGE);
	}
	for (size_t i = 0; i < most; i++) {
		a = ma_pagemap_next(a);
		ck_assert_uint_eq(a, AT(at[i]));
		a += MA_SLICE_SIZE;
	}
	ck_assert_uint_eq(ma_pagemap_next(a), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("pagemap");
	TCase *tcase = add_case(suite, "pagemap", 60);

	tcase_add_test(tcase, wild_addresses_are_foreign);
	tcase_add_test(tcase, bits_beyond_the_root_do_not_alias);
	tcase_add_test(tcase, words_are_set_for_their_slice_alone);
	tcase_add_test(tcase, every_covered_slice_has_a_record_of_its_own);
	tcase_add_test(tcase, the_highest_slice_is_covered_and_no_higher);
	tcase_add_test(tcase, without_memory_nothing_is_covered);
	tcase_add_test(tcase, every_slice_of_an_owned_span_leads_to_its_head);
	tcase_add_test(tcase, every_slice_of_a_free_span_leads_to_its_head);
	tcase_add_test(tcase,
	               a_run_of_words_is_filled_across_leaves_and_counted);
	tcase_add_test(tcase, next_visits_every_used_slice_in_order);
	return run_suite(suite);
}
