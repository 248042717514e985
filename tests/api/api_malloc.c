/* SPDX-License-Identifier: MIT */
/*
 * api_malloc.c - the contract of malloc: alignment, room, zero, refusal.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/resource.h>

#include "names.h"
#include "util.h"

START_TEST(names_of_malloc_share_one_heap)
{
	const struct names *name = &names[_i];
	void *p = name->malloc(100);

	ck_assert_uint_ge(memalloc_usable_size(p), 100);
	memalloc_free(p);
	p = memalloc_malloc(100);
	ck_assert_uint_ge(name->usable_size(p), 100);
	name->free(p);
}
END_TEST

START_TEST(every_size_to_4096_is_aligned_to_16_and_writable)
{
	const struct names *name = &names[_i];
	static void *block[4097];

	for (size_t size = 0; size <= 4096; size++) {
		block[size] = name->malloc(size);
		REQUIRE(block[size] != NULL, "size %zu", size);
		REQUIRE(is_aligned(block[size], 16), "size %zu", size);
		fill(block[size], size, (unsigned)size);
	}
	for (size_t size = 0; size <= 4096; size++) {
		REQUIRE(holds(block[size], size, (unsigned)size),
		        "size %zu", size);
		name->free(block[size]);
	}
}
END_TEST

START_TEST(powers_of_two_and_neighbours_are_aligned_and_have_room)
{
	const struct names *name = &names[_i];

	for (size_t power = 4096; power <= 512 * MIB; power *= 2) {
		for (size_t size = power - 1; size <= power + 1; size++) {
			char *p = name->malloc(size);

			REQUIRE(p != NULL, "size %zu", size);
			REQUIRE(is_aligned(p, 16), "size %zu", size);
			p[0] = 1;
			p[size / 2] = 2;
			p[size - 1] = 3;
			REQUIRE(name->usable_size(p) >= size, "%zu", size);
			name->free(p);
		}
	}
}
END_TEST

START_TEST(zero_gives_unique_blocks_of_their_own)
{
	const struct names *name = &names[_i];
	void *block[1000];

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = name->malloc(0);
		REQUIRE(block[i] != NULL, "block %zu", i);
		REQUIRE(name->usable_size(block[i]) >= 8, "block %zu", i);
		for (size_t j = 0; j < i; j++) {
			REQUIRE(block[i] != block[j], "%zu %zu", i, j);
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		name->free(block[i]);
	}
}
END_TEST

/* SIZE must be refused with ENOMEM and CODE. */
static void
expect_refusal(const struct names *name, size_t size, enum memalloc_error code)
{
	errno = 0;
	REQUIRE(name->malloc(size) == NULL, "size %zu", size);
	REQUIRE(errno == ENOMEM, "errno %d for size %zu", errno, size);
	REQUIRE(memalloc_last_error() == code, "code %d for size %zu",
	        (int)memalloc_last_error(), size);
}

START_TEST(sizes_beyond_ptrdiff_max_are_refused)
{
	const struct names *name = &names[_i];
	const size_t half = (size_t)PTRDIFF_MAX + 1;

	for (size_t k = 0; k < 70000; k += k < 5000 ? 1 : 997) {
		expect_refusal(name, half + k, MEMALLOC_ERR_SIZE);
		expect_refusal(name, SIZE_MAX - k, MEMALLOC_ERR_SIZE);
	}
	for (size_t bit = half / 2; bit > 0; bit /= 2) {
		expect_refusal(name, half + bit, MEMALLOC_ERR_SIZE);
		expect_refusal(name, SIZE_MAX - bit + 1, MEMALLOC_ERR_SIZE);
	}
}
END_TEST

START_TEST(sizes_up_to_ptrdiff_max_are_refused_for_want_of_memory)
{
	const struct names *name = &names[_i];

	if (!IS_64_BIT) {
		return;
	}
	for (size_t k = 0; k < 70000; k += k < 5000 ? 1 : 997) {
		expect_refusal(name, PTRDIFF_MAX - k,
		               MEMALLOC_ERR_NO_MEMORY);
	}
	for (size_t size = PTRDIFF_MAX; size > TOP_BIT >> 11; size /= 2) {
		expect_refusal(name, size, MEMALLOC_ERR_NO_MEMORY);
	}
}
END_TEST

START_TEST(success_leaves_the_last_error_alone)
{
	const struct names *name = &names[_i];

	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
	name->free(name->malloc(10));
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
	expect_refusal(name, SIZE_MAX, MEMALLOC_ERR_SIZE);
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		name->free(name->malloc(border_sizes[i]));
	}
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
}
END_TEST

START_TEST(live_blocks_never_overlap)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t size;
	} slot[500];
	uint64_t random = 1;

	memset(slot, 0, sizeof(slot));
	for (unsigned step = 0; step < 40000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);
		unsigned bits = next_random(&random) % 14;

		if (slot[i].p != NULL) {
			REQUIRE(holds(slot[i].p, slot[i].size, (unsigned)i),
			        "step %u, size %zu", step, slot[i].size);
			name->free(slot[i].p);
		}
		if (step % 97 == 0) {
			bits = 18;
		}
		slot[i].size = next_random(&random) & (((size_t)1 << bits) - 1);
		slot[i].p = name->malloc(slot[i].size);
		REQUIRE(slot[i].p != NULL, "step %u", step);
		fill(slot[i].p, slot[i].size, (unsigned)i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		REQUIRE(slot[i].p == NULL ||
		        holds(slot[i].p, slot[i].size, (unsigned)i),
		        "slot %zu", i);
		name->free(slot[i].p);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(freed_memory_is_used_again)
{
	const struct names *name = &names[_i];
	static void *block[1000];
	size_t heap;

	for (int round = 0; round < 4; round++) {
		for (size_t s = 0; s < BORDER_COUNT; s++) {
			name->free(name->malloc(border_sizes[s]));
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = name->malloc(200);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		name->free(block[i]);
	}
	heap = heap_bytes();
	for (int round = 0; round < 50; round++) {
		for (size_t s = 0; s < BORDER_COUNT; s++) {
			name->free(name->malloc(border_sizes[s]));
		}
		for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
			block[i] = name->malloc(200);
		}
		for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
			name->free(block[i]);
		}
	}
	ck_assert_uint_le(heap_bytes(), heap + heap / 8);
}
END_TEST

/* Bytes of address space from now on. */
static void
limit_address_space(size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}

START_TEST(exhaustion_returns_null_and_freed_memory_serves_again)
{
	const struct names *name = &names[_i];
	static void *block[200000];
	static const size_t size[] = { 2000, 30000, 100000, 40 * MIB };

	/* qemu-user has no such limit. */
	if (is_emulated()) {
		return;
	}
	limit_address_space(300 * MIB);
	for (size_t s = 0; s < ARRAY_LENGTH(size); s++) {
		size_t n = 0, again = 0;

		while (n < ARRAY_LENGTH(block) &&
		       (errno = 0, block[n] = name->malloc(size[s])) != NULL) {
			n++;
		}
		REQUIRE(n < ARRAY_LENGTH(block), "limit not reached");
		REQUIRE(n > 1, "only %zu blocks of %zu", n, size[s]);
		REQUIRE(errno == ENOMEM, "errno %d", errno);
		REQUIRE(memalloc_last_error() == MEMALLOC_ERR_NO_MEMORY,
		        "code %d", (int)memalloc_last_error());
		for (size_t i = 0; i < n; i++) {
			name->free(block[i]);
		}
		while (again < n &&
		       (block[again] = name->malloc(size[s])) != NULL) {
			again++;
		}
		REQUIRE(again >= n - n / 20, "%zu of %zu again, size %zu",
		        again, n, size[s]);
		for (size_t i = 0; i < again; i++) {
			name->free(block[i]);
		}
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("malloc");
	TCase *tcase = add_case(suite, "malloc", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(names_of_malloc_share_one_heap);
	ADD(every_size_to_4096_is_aligned_to_16_and_writable);
	ADD(powers_of_two_and_neighbours_are_aligned_and_have_room);
	ADD(zero_gives_unique_blocks_of_their_own);
	ADD(sizes_beyond_ptrdiff_max_are_refused);
	ADD(sizes_up_to_ptrdiff_max_are_refused_for_want_of_memory);
	ADD(success_leaves_the_last_error_alone);
	ADD(live_blocks_never_overlap);
	ADD(freed_memory_is_used_again);
	ADD(exhaustion_returns_null_and_freed_memory_serves_again);
	return run_suite(suite);
}
