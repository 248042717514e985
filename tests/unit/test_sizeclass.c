/* SPDX-License-Identifier: MIT */
/*
 * test_sizeclass.c - Z1 to Z3: sizes to classes and back.
 */
#include "base.h"

#include "sizeclass.h"
#include "span.h"
#include "util.h"

START_TEST(classes_ascend_by_multiples_of_16)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		REQUIRE(ma_sizeclass[c].size % 16 == 0, "class %u", c);
		REQUIRE(c == 0 || ma_sizeclass[c].size >
		        ma_sizeclass[c - 1].size, "class %u", c);
	}
	ck_assert_uint_eq(ma_sizeclass[0].size, 16);
	ck_assert_uint_eq(ma_sizeclass[MA_CLASSES - 1].size, MA_SMALL_MAX);
}
END_TEST

START_TEST(each_size_goes_to_the_first_class_that_fits)
{
	for (size_t size = 0; size <= MA_SMALL_MAX; size++) {
		unsigned c = ma_sizeclass_of(size);

		REQUIRE(c < MA_CLASSES, "size %zu", size);
		REQUIRE(ma_sizeclass[c].size >= size, "size %zu", size);
		REQUIRE(c == 0 || ma_sizeclass[c - 1].size < size, "size %zu",
		        size);
	}
}
END_TEST

START_TEST(no_size_is_rounded_up_by_more_than_an_eighth)
{
	for (size_t size = 1; size <= MA_SMALL_MAX; size++) {
		size_t extra = ma_sizeclass[ma_sizeclass_of(size)].size - size;

		REQUIRE(extra < 16 || extra * 8 <= size, "size %zu", size);
	}
}
END_TEST

START_TEST(the_grid_has_exactly_the_blocks_of_a_span)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_sizeclass *z = &ma_sizeclass[c];
		uint32_t span = (uint32_t)z->slices << MA_SLICE_SHIFT;

		for (uint32_t n = 0; n < span; n++) {
			bool is_block = n % z->size == 0 &&
				n / z->size < z->capacity;

			REQUIRE(ma_sizeclass_on_grid(c, n) == is_block,
			        "class %u, %u", c, n);
		}
	}
}
END_TEST

START_TEST(spans_have_room_and_waste_little)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		const struct ma_sizeclass *z = &ma_sizeclass[c];
		size_t span = (size_t)z->slices << MA_SLICE_SHIFT;

		REQUIRE(z->slices >= 1 && z->slices <= MA_SPAN_SLICES_MAX,
		        "class %u", c);
		REQUIRE(z->capacity == span / z->size, "class %u", c);
		REQUIRE(z->capacity >= (z->size <= 1024 ? 16 :
		                        z->size <= 4096 ? 8 :
		                        z->size <= 8192 ? 4 : 2),
		        "class %u", c);
		REQUIRE(span - (size_t)z->capacity * z->size <= span / 16,
		        "class %u", c);
	}
}
END_TEST

START_TEST(leaders_are_a_quarter_larger_at_most)
{
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		unsigned leader = ma_sizeclass_leader[c];
		uint32_t size = ma_sizeclass[c].size;

		REQUIRE(leader >= c && leader < MA_CLASSES, "class %u", c);
		REQUIRE(ma_sizeclass_leader[leader] == leader, "class %u", c);
		REQUIRE(ma_sizeclass[leader].size <= size + size / 4,
		        "class %u", c);
		REQUIRE(ma_sizeclass_serves(leader, c), "class %u", c);
		REQUIRE(leader == c || !ma_sizeclass_serves(c, leader),
		        "class %u", c);
	}
	ck_assert_uint_eq(ma_sizeclass_leader[ma_sizeclass_of(600)],
	                  ma_sizeclass_of(640));
	ck_assert_uint_eq(ma_sizeclass_leader[ma_sizeclass_of(4096)],
	                  ma_sizeclass_of(4096));
}
END_TEST

START_TEST(aligned_requests_get_the_first_class_of_multiples)
{
	for (size_t alignment = 1; alignment <= 65536; alignment *= 2) {
		for (size_t size = 0; size <= MA_SMALL_MAX + 1; size++) {
			unsigned got = ma_sizeclass_aligned(alignment, size);
			unsigned c = 0;

			while (c < MA_CLASSES && (ma_sizeclass[c].size < size ||
			       ma_sizeclass[c].size % alignment != 0 ||
			       alignment > MA_SLICE_SIZE)) {
				c++;
			}
			REQUIRE(got == c, "alignment %zu, size %zu: %u, "
			        "expected %u", alignment, size, got, c);
		}
	}
}
END_TEST

START_TEST(no_class_serves_what_is_too_large_or_too_aligned)
{
	for (unsigned bit = 0; bit < SIZE_BITS; bit++) {
		size_t alignment = (size_t)1 << bit;

		for (unsigned b = 0; b < SIZE_BITS; b++) {
			size_t size = ((size_t)1 << b) - 1;
			unsigned got = ma_sizeclass_aligned(alignment, size);

			REQUIRE(got == MA_CLASSES || (size <= MA_SMALL_MAX &&
			        alignment <= MA_SLICE_SIZE &&
			        ma_sizeclass[got].size >= size),
			        "alignment %zu, size %zu", alignment, size);
		}
		REQUIRE(ma_sizeclass_aligned(alignment, SIZE_MAX) ==
		        MA_CLASSES, "alignment %zu", alignment);
	}
}
END_TEST

START_TEST(slices_are_the_fewest_that_hold_each_size)
{
	for (size_t size = 1; size <= MIB; size++) {
		size_t slices = ma_slices_for(size);

		REQUIRE(slices * MA_SLICE_SIZE >= size, "size %zu", size);
		REQUIRE((slices - 1) * MA_SLICE_SIZE < size, "size %zu", size);
	}
	for (unsigned bit = 20; bit < SIZE_BITS - 1; bit++) {
		size_t size = (size_t)1 << bit;

		REQUIRE(ma_slices_for(size) == size >> MA_SLICE_SHIFT &&
		        ma_slices_for(size - 1) == size >> MA_SLICE_SHIFT &&
		        ma_slices_for(size + 1) == (size >> MA_SLICE_SHIFT) + 1,
		        "size %zu", size);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("sizeclass");
	TCase *tcase = add_case(suite, "sizeclass", 60);

	tcase_add_test(tcase, classes_ascend_by_multiples_of_16);
	tcase_add_test(tcase, each_size_goes_to_the_first_class_that_fits);
	tcase_add_test(tcase, no_size_is_rounded_up_by_more_than_an_eighth);
	tcase_add_test(tcase, the_grid_has_exactly_the_blocks_of_a_span);
	tcase_add_test(tcase, spans_have_room_and_waste_little);
	tcase_add_test(tcase, leaders_are_a_quarter_larger_at_most);
	tcase_add_test(tcase,
	               aligned_requests_get_the_first_class_of_multiples);
	tcase_add_test(tcase,
	               no_class_serves_what_is_too_large_or_too_aligned);
	tcase_add_test(tcase, slices_are_the_fewest_that_hold_each_size);
	return run_suite(suite);
}
