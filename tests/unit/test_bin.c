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

static struct ma_bin
make_bin(int32_t cap)
{
	return (struct ma_bin){
		.room = cap, .cap = cap, .size = sizeof(struct ma_block),
		.reciprocal = ma_sizeclass[0].reciprocal,
	};
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
	for (unsigned bit = 0; bit < 64; bit++) {
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
	struct ma_bin bin = make_bin(1000);

	for (int i = 0; i < 1000; i++) {
		REQUIRE(ma_bin_push(&bin, &memory[i], SECRET), "%d", i);
		REQUIRE(ma_bin_count(&bin) == i + 1, "%d", i);
		REQUIRE(ma_block_is_marked(&memory[i], SECRET), "%d", i);
	}
	for (int i = 999; i >= 0; i--) {
		struct ma_block *block = ma_bin_pop(&bin, SECRET);

		REQUIRE(block == &memory[i], "%d", i);
		REQUIRE(!ma_block_is_marked(block, SECRET), "%d", i);
		REQUIRE(ma_bin_count(&bin) == i, "%d", i);
	}
	ck_assert_ptr_null(ma_bin_pop(&bin, SECRET));
	ck_assert_int_eq(ma_bin_count(&bin), 0);
}
END_TEST

START_TEST(a_full_bin_refuses_and_changes_nothing)
{
	struct ma_bin bin = make_bin(2), before;
	struct ma_block third = { NULL, 77 };

	ck_assert(ma_bin_push(&bin, &memory[0], SECRET));
	ck_assert(ma_bin_push(&bin, &memory[1], SECRET));
	before = bin;
	ck_assert(!ma_bin_push(&bin, &third, SECRET));
	ck_assert_mem_eq(&bin, &before, sizeof(bin));
	ck_assert_uint_eq(third.mark, 77);
}
END_TEST

START_TEST(an_empty_bin_of_zeros_refuses_both)
{
	struct ma_bin bin;

	memset(&bin, 0, sizeof(bin));
	ck_assert_ptr_null(ma_bin_pop(&bin, 0));
	ck_assert(!ma_bin_push(&bin, &memory[0], 0));
}
END_TEST

START_TEST(an_overwritten_block_is_not_popped)
{
	struct ma_bin bin = make_bin(10), before;

	ma_bin_push(&bin, &memory[0], SECRET);
	ma_bin_push(&bin, &memory[1], SECRET);
	memory[1].next = (struct ma_block *)0x4141414141414141;
	before = bin;
	ck_assert_ptr_null(ma_bin_pop(&bin, SECRET));
	ck_assert_mem_eq(&bin, &before, sizeof(bin));
}
END_TEST

START_TEST(the_grid_of_each_class_is_its_multiples)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		struct ma_bin bin = {
			.size = ma_sizeclass[c].size,
			.reciprocal = ma_sizeclass[c].reciprocal,
		};

		for (uint32_t i = 0; i < ma_sizeclass[c].capacity; i++) {
			uint32_t at = i * bin.size;

			REQUIRE(ma_bin_on_grid(&bin, at), "%u", at);
			REQUIRE(!ma_bin_on_grid(&bin, at + 1), "%u", at);
			REQUIRE(!ma_bin_on_grid(&bin, at + 8), "%u", at);
			REQUIRE(bin.size == 16 ||
			        !ma_bin_on_grid(&bin, at + 16), "%u", at);
			REQUIRE(!ma_bin_on_grid(&bin, at + bin.size - 1),
			        "%u", at);
		}
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
	tcase_add_test(tcase, a_mark_copied_to_another_block_is_none);
	tcase_add_test(tcase, zeroed_memory_is_not_marked);
	tcase = add_case(suite, "bin", 60);
	tcase_add_test(tcase, the_last_pushed_is_the_first_popped);
	tcase_add_test(tcase, a_full_bin_refuses_and_changes_nothing);
	tcase_add_test(tcase, an_empty_bin_of_zeros_refuses_both);
	tcase_add_test(tcase, an_overwritten_block_is_not_popped);
	tcase_add_test(tcase, the_grid_of_each_class_is_its_multiples);
	return run_suite(suite);
}
