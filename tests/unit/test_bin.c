/* SPDX-License-Identifier: MIT */
/*
 * test_bin.c - block.h and bin.h: marks, push and pop.
 */
#include "base.h"

#include "bin.h"
#include "sizeclass.h"
#include "util.h"

#define SECRET ((uintptr_t)0xabcdef0123456789)

static struct ma_block memory[1000] __attribute__((aligned(16)));

/* All of these tests use one bin of the array. */
#define C 3

static struct ma_bins bins;

static void
make_bin(int16_t cap)
{
	memset(&bins, 0, sizeof(bins));
	bins.head[C] = MA_BLOCK_END;
	bins.room[C] = bins.cap[C] = cap;
}

START_TEST(a_linked_block_is_marked_until_it_is_unmarked)
{
	ma_block_link(&memory[0], &memory[1], SECRET);
	ck_assert(ma_block_is_marked(&memory[0], SECRET));
	ck_assert_ptr_eq(ma_block_next(&memory[0]), &memory[1]);
	ma_block_unmark(&memory[0]);
	ck_assert(!ma_block_is_marked(&memory[0], SECRET));
}
END_TEST

START_TEST(no_changed_bit_of_link_or_mark_passes)
{
	for (unsigned bit = 0; bit < SIZE_BITS; bit++) {
		ma_block_link(&memory[0], &memory[1], SECRET);
		memory[0].mark ^= (uintptr_t)1 << bit;
		REQUIRE(!ma_block_is_marked(&memory[0], SECRET), "%u", bit);
		ma_block_link(&memory[0], &memory[1], SECRET);
		memory[0].next = (struct ma_block *)(
			(uintptr_t)memory[0].next ^ (uintptr_t)1 << bit);
		REQUIRE(!ma_block_is_marked(&memory[0], SECRET), "%u", bit);
	}
}
END_TEST

START_TEST(a_mark_copied_to_another_block_is_none)
{
	ma_block_link(&memory[0], NULL, SECRET);
	memory[1] = memory[0];
	ck_assert(!ma_block_is_marked(&memory[1], SECRET));
}
END_TEST

/* Or who reads two of them could make one for any address. */
START_TEST(hardened_marks_do_not_tell_the_secret)
{
	uintptr_t told[2];

	for (int i = 0; i < 2; i++) {
		ma_block_link(&memory[i], MA_BLOCK_END, SECRET);
		told[i] = memory[i].mark ^ (uintptr_t)memory[i].next ^
			(uintptr_t)&memory[i];
	}
	ck_assert((told[0] == told[1]) == !MA_HARDENED);
}
END_TEST

START_TEST(zeroed_memory_is_not_marked)
{
	memset(memory, 0, sizeof(memory));
	for (size_t i = 0; i < ARRAY_LENGTH(memory); i++) {
		REQUIRE(!ma_block_is_marked(&memory[i], SECRET), "%zu", i);
	}
}
END_TEST

START_TEST(the_last_pushed_is_the_first_popped)
{
	make_bin(1000);
	for (int i = 0; i < 1000; i++) {
		REQUIRE(ma_bin_push(&bins, C, &memory[i], SECRET), "%d", i);
		REQUIRE(ma_bin_count(&bins, C) == i + 1, "%d", i);
		REQUIRE(ma_block_is_marked(&memory[i], SECRET), "%d", i);
	}
	for (int i = 999; i >= 0; i--) {
		struct ma_block *block = ma_bin_pop(&bins, C, SECRET);

		REQUIRE(block == &memory[i], "%d", i);
		REQUIRE(!ma_block_is_marked(block, SECRET), "%d", i);
		REQUIRE(ma_bin_count(&bins, C) == i, "%d", i);
	}
	ck_assert_ptr_null(ma_bin_pop(&bins, C, SECRET));
	ck_assert_int_eq(ma_bin_count(&bins, C), 0);
}
END_TEST

START_TEST(a_full_bin_refuses_and_its_list_stays)
{
	struct ma_block third = { NULL, 77 };

	make_bin(2);
	ck_assert(ma_bin_push(&bins, C, &memory[0], SECRET));
	ck_assert(ma_bin_push(&bins, C, &memory[1], SECRET));
	ck_assert(!ma_bin_push(&bins, C, &third, SECRET));
	ck_assert_int_eq(bins.room[C], -1); /* For ma_heap_put. */
	ck_assert_ptr_eq(bins.head[C], &memory[1]);
	ck_assert_uint_eq(third.mark, 77);
}
END_TEST

START_TEST(an_empty_bin_gives_nothing)
{
	make_bin(2);
	ck_assert(ma_bin_is_empty(&bins, C));
	ck_assert_ptr_null(ma_bin_pop(&bins, C, SECRET));
	ck_assert_int_eq(bins.room[C], 2);
}
END_TEST

START_TEST(an_overwritten_block_is_not_popped)
{
	struct ma_bins before;

	make_bin(10);
	ma_bin_push(&bins, C, &memory[0], SECRET);
	ma_bin_push(&bins, C, &memory[1], SECRET);
	memory[1].next = (struct ma_block *)0x4141414141414141;
	before = bins;
	ck_assert_ptr_null(ma_bin_pop(&bins, C, SECRET));
	ck_assert_mem_eq(&bins, &before, sizeof(bins));
}
END_TEST

START_TEST(the_grid_of_each_class_is_its_blocks)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		uint32_t size = ma_sizeclass[c].size;

		bins.reciprocal[c] = ma_sizeclass[c].reciprocal;
		bins.below[c] = ma_sizeclass[c].below;
		for (uint32_t at = 0; at < MA_SLICE_SIZE; at++)
			REQUIRE(ma_bin_on_grid(&bins, c, at) ==
			        (at % size == 0 &&
			         at / size < ma_sizeclass[c].capacity),
			        "%u of %u", at, size);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bin");
	TCase *tcase = add_case(suite, "block", 60);

	tcase_add_test(tcase, a_linked_block_is_marked_until_it_is_unmarked);
	tcase_add_test(tcase, no_changed_bit_of_link_or_mark_passes);
	tcase_add_test(tcase, hardened_marks_do_not_tell_the_secret);
	tcase_add_test(tcase, a_mark_copied_to_another_block_is_none);
	tcase_add_test(tcase, zeroed_memory_is_not_marked);
	tcase = add_case(suite, "bin", 60);
	tcase_add_test(tcase, the_last_pushed_is_the_first_popped);
	tcase_add_test(tcase, a_full_bin_refuses_and_its_list_stays);
	tcase_add_test(tcase, an_empty_bin_gives_nothing);
	tcase_add_test(tcase, an_overwritten_block_is_not_popped);
	tcase_add_test(tcase, the_grid_of_each_class_is_its_blocks);
	return run_suite(suite);
}
