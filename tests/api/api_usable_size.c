/* SPDX-License-Identifier: MIT */
/*
 * api_usable_size.c - the contracts of malloc_usable_size and good_size.
 */
#include "names.h"
#include "util.h"

START_TEST(null_has_no_usable_bytes)
{
	ck_assert_uint_eq(names[_i].usable_size(NULL), 0);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
}
END_TEST

START_TEST(usable_size_is_at_least_what_was_asked_for)
{
	const struct names *name = &names[_i];

	for (size_t size = 0; size < 200000; size += size < 5000 ? 1 : 97) {
		void *p = name->malloc(size);

		REQUIRE(name->usable_size(p) >= size, "size %zu", size);
		name->free(p);
	}
}
END_TEST

START_TEST(all_usable_bytes_may_be_written_and_stay)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t usable;
	} block[3000];
	size_t n = 0;

	for (size_t size = 0; size < 300000 && n < ARRAY_LENGTH(block);
	     size += size / 100 + 1) {
		block[n].p = name->malloc(size);
		block[n].usable = name->usable_size(block[n].p);
		fill(block[n].p, block[n].usable, (unsigned)n);
		n++;
	}
	for (size_t i = 0; i < n; i++) {
		REQUIRE(holds(block[i].p, block[i].usable, (unsigned)i),
		        "usable %zu", block[i].usable);
		if (i % 2 == 0) {
			name->free(block[i].p);
		}
	}
	for (size_t i = 1; i < n; i += 2) {
		REQUIRE(holds(block[i].p, block[i].usable, (unsigned)i),
		        "neighbours freed, usable %zu", block[i].usable);
		name->free(block[i].p);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(usable_bytes_of_large_and_huge_blocks_may_be_written)
{
	const struct names *name = &names[_i];
	static const size_t size[] = { 1 * MIB + 1, 31 * MIB + 1, 33 * MIB };

	for (size_t i = 0; i < ARRAY_LENGTH(size); i++) {
		void *p = name->malloc(size[i]);
		size_t usable = name->usable_size(p);

		fill(p, usable, 5);
		REQUIRE(holds(p, usable, 5), "size %zu", size[i]);
		name->free(p);
	}
}
END_TEST

START_TEST(usable_size_never_changes)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t usable;
	} kept[BORDER_COUNT];
	static void *other[2000];
	uint64_t random = 9;

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		kept[i].p = name->malloc(border_sizes[i]);
		kept[i].usable = name->usable_size(kept[i].p);
	}
	memset(other, 0, sizeof(other));
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(other);

		name->free(other[i]);
		other[i] = name->malloc(next_random(&random) % 70000);
		if (step % 1000 == 0) {
			name->trim(0);
			for (size_t k = 0; k < BORDER_COUNT; k++) {
				REQUIRE(name->usable_size(kept[k].p) ==
				        kept[k].usable, "size %zu",
				        border_sizes[k]);
			}
		}
	}
}
END_TEST

/* A block may be of a larger class, at most a quarter more (sizeclass.h). */
static void
expect_good_size(size_t size)
{
	void *p = memalloc_malloc(size);
	size_t good = memalloc_good_size(size);
	size_t usable = memalloc_usable_size(p);

	REQUIRE(good >= size && usable >= good && usable <= good + good / 4,
	        "size %zu: good %zu, usable %zu", size, good, usable);
	memalloc_free(p);
}

START_TEST(good_size_is_what_malloc_gives_at_least)
{
	for (size_t size = 0; size < 200000; size += size < 5000 ? 1 : 97) {
		expect_good_size(size);
	}
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		expect_good_size(border_sizes[i]);
	}
}
END_TEST

START_TEST(good_size_of_a_good_size_is_itself)
{
	size_t before = 0;

	for (size_t size = 0; size < 100 * MIB; size += size / 50 + 1) {
		size_t good = memalloc_good_size(size);

		REQUIRE(good >= size, "size %zu", size);
		REQUIRE(good >= before, "size %zu", size);
		REQUIRE(memalloc_good_size(good) == good, "size %zu", size);
		before = good;
	}
}
END_TEST

START_TEST(every_size_to_1_mib_gets_its_good_size)
{
	size_t last = 0;

	for (size_t size = 0; size <= MIB / LESS_WORK; size++) {
		size_t good = memalloc_good_size(size);
		void *p = memalloc_malloc(size);
		size_t usable = memalloc_usable_size(p);

		REQUIRE(good >= size && good >= last, "size %zu", size);
		REQUIRE(usable >= good && is_aligned(p, 16), "size %zu", size);
		REQUIRE(memalloc_realloc(p, usable) == p, "size %zu", size);
		REQUIRE(memalloc_usable_size(p) == usable, "size %zu", size);
		memalloc_free(p);
		last = good;
	}
}
END_TEST

START_TEST(good_size_holds_around_every_power_of_two)
{
	for (unsigned bit = 5; bit < 64; bit++) {
		for (size_t d = 0; d < 32; d++) {
			size_t size = ((size_t)1 << bit) + d - 16;
			size_t good = memalloc_good_size(size);

			REQUIRE(size > PTRDIFF_MAX ? good == 0 : good >= size,
			        "size %#zx", size);
		}
	}
}
END_TEST

START_TEST(good_size_beyond_ptrdiff_max_is_zero)
{
	ck_assert_uint_eq(memalloc_good_size((size_t)PTRDIFF_MAX + 1), 0);
	ck_assert_uint_eq(memalloc_good_size(SIZE_MAX), 0);
	ck_assert_uint_eq(memalloc_good_size(SIZE_MAX - 4096), 0);
	ck_assert_uint_ge(memalloc_good_size(TOP_BIT >> 13), TOP_BIT >> 13);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("usable_size");
	TCase *tcase = add_case(suite, "usable_size", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(null_has_no_usable_bytes);
	ADD(usable_size_is_at_least_what_was_asked_for);
	ADD(all_usable_bytes_may_be_written_and_stay);
	ADD(usable_bytes_of_large_and_huge_blocks_may_be_written);
	ADD(usable_size_never_changes);
	tcase_add_test(tcase, good_size_is_what_malloc_gives_at_least);
	tcase_add_test(tcase, good_size_of_a_good_size_is_itself);
	tcase_add_test(tcase, every_size_to_1_mib_gets_its_good_size);
	tcase_add_test(tcase, good_size_holds_around_every_power_of_two);
	tcase_add_test(tcase, good_size_beyond_ptrdiff_max_is_zero);
	return run_suite(suite);
}
