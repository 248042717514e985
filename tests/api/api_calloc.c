/* SPDX-License-Identifier: MIT */
/*
 * api_calloc.c - the contract of calloc: zero bytes on any memory, overflow.
 */
#include <errno.h>

#include "names.h"
#include "util.h"

/* Sizes of recycled blocks: small, large (33 KiB to 31 MiB) and huge. */
static const size_t recycled[] = {
	1, 8, 16, 24, 40, 100, 500, 1000, 4096, 5000, 20000, 32768,
	33 * KIB, 64 * KIB, 65 * KIB, 200 * KIB, 1 * MIB, 5 * MIB + 5,
	31 * MIB, 32 * MIB, 32 * MIB + 1, 50 * MIB,
};

START_TEST(every_size_to_4096_is_zero_and_aligned_to_16)
{
	const struct names *name = &names[_i];

	for (size_t size = 0; size <= 4096; size++) {
		void *p = name->calloc(1, size);

		REQUIRE(p != NULL, "size %zu", size);
		REQUIRE(is_aligned(p, 16), "size %zu", size);
		REQUIRE(is_filled(p, size, 0), "size %zu", size);
		memset(opaque(p), 0xa5, name->usable_size(p));
		name->free(p);
	}
}
END_TEST

START_TEST(recycled_dirty_memory_is_zero_again)
{
	const struct names *name = &names[_i];

	for (size_t s = 0; s < ARRAY_LENGTH(recycled); s++) {
		size_t size = recycled[s];

		for (int round = 0; round < 3; round++) {
			void *dirty = name->malloc(size);
			void *p;

			REQUIRE(dirty != NULL, "size %zu", size);
			memset(dirty, 0xa5, size);
			name->free(dirty);
			p = name->calloc(1, size);
			REQUIRE(p != NULL, "size %zu", size);
			REQUIRE(is_filled(p, size, 0), "size %zu", size);
			name->free(p);
		}
	}
}
END_TEST

START_TEST(many_recycled_blocks_are_zero_again)
{
	const struct names *name = &names[_i];
	static void *block[300];

	for (size_t s = 0; s < ARRAY_LENGTH(recycled); s++) {
		size_t size = recycled[s];
		size_t n = 16 * MIB / size;

		n = n > 300 ? 300 : n < 2 ? 2 : n;
		for (size_t i = 0; i < n; i++) {
			block[i] = name->malloc(size);
			memset(block[i], 0xa5, size);
		}
		for (size_t i = 0; i < n; i++) {
			name->free(block[i]);
		}
		for (size_t i = 0; i < n; i++) {
			block[i] = name->calloc(size, 1);
			REQUIRE(is_filled(block[i], size, 0),
			        "size %zu, block %zu", size, i);
		}
		for (size_t i = 0; i < n; i++) {
			name->free(block[i]);
		}
	}
}
END_TEST

START_TEST(dirty_memory_of_another_size_is_zero_again)
{
	const struct names *name = &names[_i];
	static void *block[4096];

	/* Small blocks dirty what large ones are later made of, */
	for (size_t i = 0; i < 4096; i++) {
		block[i] = name->malloc(4000);
		memset(block[i], 0xa5, 4000);
	}
	for (size_t i = 0; i < 4096; i++) {
		name->free(block[i]);
	}
	for (size_t size = 33 * KIB; size <= 8 * MIB; size *= 2) {
		void *p = name->calloc(1, size);

		REQUIRE(is_filled(p, size, 0), "size %zu", size);
		memset(opaque(p), 0xa5, size);
		name->free(p);
	}
	/* and large ones what small blocks are. */
	for (size_t i = 0; i < 4096; i++) {
		block[i] = name->calloc(1, 48);
		REQUIRE(is_filled(block[i], 48, 0), "block %zu", i);
	}
	for (size_t i = 0; i < 4096; i++) {
		name->free(block[i]);
	}
}
END_TEST

START_TEST(memory_that_was_given_back_is_zero_again)
{
	const struct names *name = &names[_i];

	for (size_t pad = 0; pad <= 3 * MIB + 1; pad += MIB + 5000) {
		for (size_t s = 0; s < ARRAY_LENGTH(recycled); s++) {
			size_t size = recycled[s];
			void *dirty = name->malloc(size);
			void *p;

			memset(dirty, 0xa5, size);
			name->free(dirty);
			name->trim(pad);
			p = name->calloc(1, size);
			REQUIRE(is_filled(p, size, 0),
			        "size %zu, pad %zu", size, pad);
			name->free(p);
		}
	}
}
END_TEST

START_TEST(what_realloc_gave_up_is_zero_again)
{
	const struct names *name = &names[_i];
	static const size_t large[] = { 200 * KIB, 3 * MIB, 31 * MIB,
	                                48 * MIB };

	for (size_t s = 0; s < ARRAY_LENGTH(large); s++) {
		void *p = name->malloc(large[s]);
		void *q, *r;

		memset(p, 0xa5, large[s]);
		p = name->realloc(p, 40 * KIB);
		q = name->calloc(1, large[s] - 64 * KIB);
		REQUIRE(is_filled(q, large[s] - 64 * KIB, 0), "%zu", large[s]);
		r = name->calloc(3, 70 * KIB);
		REQUIRE(is_filled(r, 210 * KIB, 0), "%zu", large[s]);
		name->free(p);
		name->free(q);
		name->free(r);
	}
}
END_TEST

START_TEST(random_churn_never_hands_out_a_dirty_byte)
{
	const struct names *name = &names[_i];
	static void *slot[200];
	uint64_t random = 7;

	memset(slot, 0, sizeof(slot));
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);
		unsigned bits = next_random(&random) % 16;
		size_t size;

		if (step % 199 == 0) {
			bits = 20;
		}
		size = next_random(&random) & (((size_t)1 << bits) - 1);
		name->free(slot[i]);
		slot[i] = name->calloc(1, size);
		REQUIRE(is_filled(slot[i], size, 0), "step %u, size %zu",
		        step, size);
		memset(opaque(slot[i]), 0xa5, name->usable_size(slot[i]));
		if (step % 5000 == 4999) {
			name->trim(0);
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		name->free(slot[i]);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(zero_products_give_unique_blocks)
{
	const struct names *name = &names[_i];
	void *a = name->calloc(0, 0);
	void *b = name->calloc(0, SIZE_MAX);
	void *c = name->calloc(SIZE_MAX, 0);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_nonnull(c);
	ck_assert_ptr_ne(a, b);
	ck_assert_ptr_ne(b, c);
	ck_assert_ptr_ne(a, c);
	name->free(a);
	name->free(b);
	name->free(c);
}
END_TEST

START_TEST(count_times_size_bytes_are_there)
{
	const struct names *name = &names[_i];
	static const size_t count[] = { 1, 3, 7, 1000, 65537 };
	static const size_t size[] = { 1, 3, 16, 24, 100, 333 };

	for (size_t c = 0; c < ARRAY_LENGTH(count); c++) {
		for (size_t s = 0; s < ARRAY_LENGTH(size); s++) {
			size_t bytes = count[c] * size[s];
			void *p = name->calloc(count[c], size[s]);

			REQUIRE(name->usable_size(p) >= bytes, "%zu", bytes);
			REQUIRE(is_filled(p, bytes, 0), "%zu", bytes);
			fill(p, bytes, 3);
			REQUIRE(holds(p, bytes, 3), "%zu", bytes);
			name->free(p);
		}
	}
}
END_TEST

static void
expect_refusal(const struct names *name, size_t count, size_t size,
               enum memalloc_error code)
{
	errno = 0;
	REQUIRE(name->calloc(count, size) == NULL, "%zu * %zu", count, size);
	REQUIRE(errno == ENOMEM, "errno %d for %zu * %zu", errno, count, size);
	REQUIRE(memalloc_last_error() == code, "code %d for %zu * %zu",
	        (int)memalloc_last_error(), count, size);
}

START_TEST(products_that_overflow_are_refused)
{
	const struct names *name = &names[_i];

	expect_refusal(name, SIZE_MAX, SIZE_MAX, MEMALLOC_ERR_SIZE);
	expect_refusal(name, SIZE_MAX, 2, MEMALLOC_ERR_SIZE);
	expect_refusal(name, 2, SIZE_MAX, MEMALLOC_ERR_SIZE);
	/* The products are 0, 1, 16 and 4096 modulo SIZE_MAX + 1. */
	expect_refusal(name, HALF, HALF, MEMALLOC_ERR_SIZE);
	expect_refusal(name, FACTOR, SIZE_MAX / FACTOR + 1,
	               MEMALLOC_ERR_SIZE);
	expect_refusal(name, SIZE_MAX / 16 + 2, 16, MEMALLOC_ERR_SIZE);
	expect_refusal(name, 4096, SIZE_MAX / 4096 + 2, MEMALLOC_ERR_SIZE);
	/* No overflow, but beyond PTRDIFF_MAX. */
	expect_refusal(name, HALF / 2, HALF, MEMALLOC_ERR_SIZE);
	expect_refusal(name, 1, SIZE_MAX, MEMALLOC_ERR_SIZE);
	for (size_t k = 2; k < 100; k++) {
		expect_refusal(name, SIZE_MAX / k + 1, k, MEMALLOC_ERR_SIZE);
	}
}
END_TEST

START_TEST(products_are_refused_from_the_first_that_is_too_big)
{
	const struct names *name = &names[_i];
	static const size_t limits[] = { PTRDIFF_MAX, SIZE_MAX };

	for (unsigned bit = 0; bit < SIZE_BITS * 16; bit++) {
		size_t limit = limits[bit & 1];
		size_t count = ((size_t)1 << (bit >> 4)) + (bit >> 1 & 7);
		/* The least factor whose product exceeds the limit. */
		size_t size = limit / count + 1;

		if (size == 0 || count == 0) {
			continue;
		}
		count = opaque_size(count);
		errno = 0;
		REQUIRE(name->calloc(count, size) == NULL && errno == ENOMEM,
		        "%zu times %zu", count, size);
		errno = 0;
		REQUIRE(name->calloc(size, count) == NULL && errno == ENOMEM,
		        "%zu times %zu", size, count);
		errno = 0;
		REQUIRE(name->reallocarray(NULL, count, size) == NULL &&
		        errno == ENOMEM, "%zu times %zu", count, size);
	}
}
END_TEST

START_TEST(products_up_to_ptrdiff_max_want_memory)
{
	const struct names *name = &names[_i];

	expect_refusal(name, 1, PTRDIFF_MAX, MEMALLOC_ERR_NO_MEMORY);
	expect_refusal(name, PTRDIFF_MAX, 1, MEMALLOC_ERR_NO_MEMORY);
	expect_refusal(name, PTRDIFF_MAX / 7, 7, MEMALLOC_ERR_NO_MEMORY);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("calloc");
	TCase *tcase = add_case(suite, "calloc", 120);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(every_size_to_4096_is_zero_and_aligned_to_16);
	ADD(recycled_dirty_memory_is_zero_again);
	ADD(many_recycled_blocks_are_zero_again);
	ADD(dirty_memory_of_another_size_is_zero_again);
	ADD(memory_that_was_given_back_is_zero_again);
	ADD(what_realloc_gave_up_is_zero_again);
	ADD(random_churn_never_hands_out_a_dirty_byte);
	ADD(zero_products_give_unique_blocks);
	ADD(count_times_size_bytes_are_there);
	ADD(products_that_overflow_are_refused);
	ADD(products_are_refused_from_the_first_that_is_too_big);
	ADD(products_up_to_ptrdiff_max_want_memory);
	return run_suite(suite);
}
