/* SPDX-License-Identifier: MIT */
/*
 * api_reallocarray.c - the contracts of reallocarray, reallocf and
 * recallocarray.
 */
#include <errno.h>

#include "names.h"
#include "util.h"

START_TEST(reallocarray_of_null_is_malloc_of_the_product)
{
	const struct names *name = &names[_i];
	void *p = name->reallocarray(NULL, 100, 7);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_ge(name->usable_size(p), 700);
	name->free(p);
}
END_TEST

START_TEST(reallocarray_keeps_content)
{
	const struct names *name = &names[_i];
	void *p = name->reallocarray(NULL, 1, 24);
	size_t had = 24;

	fill(p, had, 1);
	for (size_t count = 2; count < 100000; count += count / 2 + 1) {
		p = name->reallocarray(p, count, 24);
		REQUIRE(holds(p, had, 1), "count %zu", count);
		had = count * 24;
		fill(p, had, 1);
	}
	p = name->reallocarray(p, 10, 24);
	REQUIRE(holds(p, 240, 1), "shrunk");
	name->free(p);
}
END_TEST

START_TEST(reallocarray_to_zero_frees_and_returns_null)
{
	const struct names *name = &names[_i];
	static const size_t product[][2] = { { 0, 8 }, { 8, 0 }, { 0, 0 },
	                                     { SIZE_MAX, 0 } };

	for (size_t i = 0; i < ARRAY_LENGTH(product); i++) {
		void *p = name->malloc(100);
		size_t blocks = live_blocks();

		errno = 77;
		REQUIRE(name->reallocarray(p, opaque_size(product[i][0]),
		                           product[i][1]) == NULL, "%zu", i);
		REQUIRE(errno == 77, "errno %d", errno);
		REQUIRE(live_blocks() == blocks - 1, "row %zu", i);
	}
}
END_TEST

START_TEST(reallocarray_overflow_leaves_the_block)
{
	const struct names *name = &names[_i];
	static const size_t product[][2] = {
		{ SIZE_MAX, 2 }, { 2, SIZE_MAX }, { SIZE_MAX, SIZE_MAX },
		{ HALF, HALF }, { HALF / 2, HALF },
		{ SIZE_MAX / 16 + 2, 16 }, { 1, SIZE_MAX },
		{ FACTOR, SIZE_MAX / FACTOR + 1 },
	};
	void *p = name->malloc(1000);

	fill(p, 1000, 6);
	for (size_t i = 0; i < ARRAY_LENGTH(product); i++) {
		errno = 0;
		REQUIRE(name->reallocarray(p, opaque_size(product[i][0]),
		                           product[i][1]) == NULL, "%zu", i);
		REQUIRE(errno == ENOMEM, "errno %d, row %zu", errno, i);
		REQUIRE(memalloc_last_error() == MEMALLOC_ERR_SIZE,
		        "code %d, row %zu", (int)memalloc_last_error(), i);
		REQUIRE(name->reallocarray(NULL, opaque_size(product[i][0]),
		                           product[i][1]) == NULL, "%zu", i);
	}
	REQUIRE(holds(opaque(p), 1000, 6), "after refusals");
	name->free(opaque(p));
}
END_TEST

START_TEST(reallocf_resizes_as_realloc)
{
	void *p = memalloc_reallocf(NULL, 100);

	ck_assert_ptr_nonnull(p);
	fill(p, 100, 1);
	p = memalloc_reallocf(p, 5000);
	REQUIRE(holds(p, 100, 1), "5000");
	p = memalloc_reallocf(p, 40 * MIB);
	REQUIRE(holds(p, 100, 1), "huge");
	p = memalloc_reallocf(p, 50);
	REQUIRE(holds(p, 50, 1), "50");
	memalloc_free(p);
}
END_TEST

START_TEST(reallocf_frees_the_block_when_it_fails)
{
	static const size_t refused[] = { SIZE_MAX, PTRDIFF_MAX,
	                                  (size_t)PTRDIFF_MAX + 1 };

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		for (size_t k = 0; k < ARRAY_LENGTH(refused); k++) {
			void *p = memalloc_malloc(border_sizes[i]);
			size_t blocks = live_blocks();

			errno = 0;
			REQUIRE(memalloc_reallocf(p, opaque_size(refused[k]))
			        == NULL, "%zu", border_sizes[i]);
			REQUIRE(errno == ENOMEM, "errno %d", errno);
			REQUIRE(live_blocks() == blocks - 1, "size %zu",
			        border_sizes[i]);
		}
	}
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(reallocf_to_zero_frees_once)
{
	void *p = memalloc_malloc(100);
	size_t blocks = live_blocks();

	errno = 77;
	ck_assert_ptr_null(memalloc_reallocf(p, opaque_size(0)));
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(live_blocks(), blocks - 1);
}
END_TEST

START_TEST(reallocf_of_null_that_fails_frees_nothing)
{
	errno = 0;
	ck_assert_ptr_null(memalloc_reallocf(NULL, opaque_size(SIZE_MAX)));
	ck_assert_int_eq(errno, ENOMEM);
}
END_TEST

START_TEST(recallocarray_of_null_is_calloc)
{
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *dirty = memalloc_malloc(border_sizes[i]);
		void *p;

		memset(opaque(dirty), 0xa5, border_sizes[i]);
		memalloc_free(dirty);
		p = memalloc_recallocarray(NULL, 0, border_sizes[i], 1);
		REQUIRE(p != NULL, "size %zu", border_sizes[i]);
		REQUIRE(is_filled(p, border_sizes[i], 0), "size %zu",
		        border_sizes[i]);
		memalloc_free(p);
	}
}
END_TEST

START_TEST(recallocarray_keeps_the_old_and_zeroes_the_new)
{
	static const size_t count[] = { 1, 2, 3, 10, 11, 100, 1000, 1001,
	                                20000, 500000, 1200000 };

	for (size_t i = 0; i < ARRAY_LENGTH(count); i++) {
		for (size_t j = 0; j < ARRAY_LENGTH(count); j++) {
			size_t from = count[i] * 40, to = count[j] * 40;
			size_t kept = from < to ? from : to;
			char *p = memalloc_malloc(from);

			/* Dirt behind the array must not show up in it. */
			memset(opaque(p), 0xa5, memalloc_usable_size(p));
			fill(p, from, 8);
			p = memalloc_recallocarray(p, count[i], count[j], 40);
			REQUIRE(p != NULL, "%zu to %zu", from, to);
			REQUIRE(holds(p, kept, 8), "%zu to %zu", from, to);
			REQUIRE(is_filled(p + kept, to - kept, 0),
			        "%zu to %zu", from, to);
			memalloc_free(p);
		}
	}
}
END_TEST

START_TEST(recallocarray_zeroes_what_it_gives_up)
{
	for (size_t size = 64; size <= 20000; size = size * 5 / 4) {
		unsigned char *p = memalloc_malloc(size);
		unsigned char *q;

		memset(p, 0xa5, size);
		q = memalloc_recallocarray(p, size, size / 4 * 3, 1);
		p = opaque(p);
		if (q == p) {
			/* In place: the part given up. */
			REQUIRE(is_filled(p + size / 4 * 3,
			                  size - size / 4 * 3, 0), "%zu",
			        size);
		} else {
			/* Moved: all but the words of a free block. */
			REQUIRE(is_filled(p + 16, size - 16, 0), "%zu", size);
		}
		memalloc_free(q);

		p = memalloc_malloc(size);
		memset(p, 0xa5, size);
		q = memalloc_recallocarray(p, size, 40000, 1);
		p = opaque(p);
		REQUIRE(q != p, "%zu", size);
		REQUIRE(is_filled(p + 16, size - 16, 0), "grown %zu", size);
		memalloc_free(q);
	}
}
END_TEST

START_TEST(recallocarray_to_zero_objects_does_not_leak)
{
	size_t blocks = live_blocks();
	void *p = memalloc_malloc(100);

	p = memalloc_recallocarray(p, 10, 0, 10);
	memalloc_free(p);
	ck_assert_uint_eq(live_blocks(), blocks);
}
END_TEST

START_TEST(recallocarray_rejects_an_old_size_that_cannot_be)
{
	void *p = memalloc_malloc(100);
	size_t usable = memalloc_usable_size(p);

	fill(p, 100, 3);
	errno = 0;
	ck_assert_ptr_null(memalloc_recallocarray(p, SIZE_MAX, 10, 2));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
	errno = 0;
	ck_assert_ptr_null(memalloc_recallocarray(opaque(p), usable + 1,
	                                          200, 1));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
	REQUIRE(holds(opaque(p), 100, 3), "after refusals");
	memalloc_free(opaque(p));
}
END_TEST

START_TEST(recallocarray_refusal_leaves_the_block)
{
	void *p = memalloc_malloc(100);

	fill(p, 100, 3);
	errno = 0;
	ck_assert_ptr_null(memalloc_recallocarray(p, 10,
	                                          opaque_size(SIZE_MAX), 10));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
	errno = 0;
	ck_assert_ptr_null(memalloc_recallocarray(opaque(p), 10,
	                                          PTRDIFF_MAX / 10, 10));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_NO_MEMORY);
	REQUIRE(holds(opaque(p), 100, 3), "after refusals");
	memalloc_free(opaque(p));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("reallocarray");
	TCase *tcase = add_case(suite, "reallocarray", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(reallocarray_of_null_is_malloc_of_the_product);
	ADD(reallocarray_keeps_content);
	ADD(reallocarray_to_zero_frees_and_returns_null);
	ADD(reallocarray_overflow_leaves_the_block);
	tcase = add_case(suite, "reallocf", 60);
	tcase_add_test(tcase, reallocf_resizes_as_realloc);
	tcase_add_test(tcase, reallocf_frees_the_block_when_it_fails);
	tcase_add_test(tcase, reallocf_to_zero_frees_once);
	tcase_add_test(tcase, reallocf_of_null_that_fails_frees_nothing);
	tcase = add_case(suite, "recallocarray", 60);
	tcase_add_test(tcase, recallocarray_of_null_is_calloc);
	tcase_add_test(tcase, recallocarray_keeps_the_old_and_zeroes_the_new);
	tcase_add_test(tcase, recallocarray_zeroes_what_it_gives_up);
	tcase_add_test(tcase, recallocarray_to_zero_objects_does_not_leak);
	tcase_add_test(tcase,
	               recallocarray_rejects_an_old_size_that_cannot_be);
	tcase_add_test(tcase, recallocarray_refusal_leaves_the_block);
	return run_suite(suite);
}
