/* SPDX-License-Identifier: MIT */
/*
 * test_bits.c - searches in words, mixing, and base.h's arithmetic.
 */
#include "base.h"

#include "bits.h"
#include "util.h"

START_TEST(highest_and_lowest_bit_of_every_power)
{
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = (uint64_t)1 << i;

		REQUIRE(ma_bits_highest(bit) == i, "%u", i);
		REQUIRE(ma_bits_lowest(bit) == i, "%u", i);
		REQUIRE(ma_bits_highest(bit | 1) == i, "%u", i);
		REQUIRE(ma_bits_lowest(bit | (uint64_t)1 << 63) == i, "%u", i);
	}
}
END_TEST

START_TEST(mixing_keeps_words_apart)
{
	static uint64_t seen[4096];

	for (uint64_t i = 0; i < ARRAY_LENGTH(seen); i++) {
		seen[i] = ma_bits_mix(i << 16);
		for (uint64_t k = 0; k < i; k++) {
			REQUIRE(seen[k] != seen[i], "%d %d", (int)k, (int)i);
		}
	}
}
END_TEST

START_TEST(each_input_bit_moves_about_half_of_the_output)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		unsigned moved = 0;

		for (uint64_t x = 1; x <= 64; x++) {
			uint64_t y = x * 0x9e3779b97f4a7c15u;

			moved += (unsigned)__builtin_popcountll(
				ma_bits_mix(y) ^
				ma_bits_mix(y ^ (uint64_t)1 << bit));
		}
		REQUIRE(moved > 64 * 24 && moved < 64 * 40, "bit %u: %u", bit,
		        moved);
	}
}
END_TEST

START_TEST(aligning_rounds_to_the_next_multiple)
{
	for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
		for (size_t n = 0; n < 3 * alignment; n += alignment / 4 + 1) {
			size_t up = ma_align_up(n, alignment);
			size_t down = ma_align_down(n, alignment);

			REQUIRE(up % alignment == 0 && up >= n &&
			        up - n < alignment, "%zu %zu", n, alignment);
			REQUIRE(down % alignment == 0 && down <= n &&
			        n - down < alignment, "%zu %zu", n, alignment);
		}
	}
}
END_TEST

START_TEST(powers_of_two_are_told_from_others)
{
	ck_assert(!ma_is_power_of_two(0));
	for (size_t bit = 1; bit != 0; bit *= 2) {
		REQUIRE(ma_is_power_of_two(bit), "%zu", bit);
		REQUIRE(bit < 2 || !ma_is_power_of_two(bit + 1) || bit == 1,
		        "%zu", bit + 1);
		REQUIRE(bit < 4 || !ma_is_power_of_two(bit - 1), "%zu", bit);
	}
}
END_TEST

START_TEST(slices_cover_their_bytes)
{
	ck_assert_uint_eq(ma_slices_for(1), 1);
	ck_assert_uint_eq(ma_slices_for(MA_SLICE_SIZE), 1);
	ck_assert_uint_eq(ma_slices_for(MA_SLICE_SIZE + 1), 2);
	ck_assert_uint_eq(ma_slices_for(MA_SIZE_LIMIT),
	                  (MA_SIZE_LIMIT >> MA_SLICE_SHIFT) + 1);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("bits");
	TCase *tcase = add_case(suite, "bits", 60);

	tcase_add_test(tcase, highest_and_lowest_bit_of_every_power);
	tcase_add_test(tcase, mixing_keeps_words_apart);
	tcase_add_test(tcase, each_input_bit_moves_about_half_of_the_output);
	tcase_add_test(tcase, aligning_rounds_to_the_next_multiple);
	tcase_add_test(tcase, powers_of_two_are_told_from_others);
	tcase_add_test(tcase, slices_cover_their_bytes);
	return run_suite(suite);
}
