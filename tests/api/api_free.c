/* SPDX-License-Identifier: MIT */
/*
 * api_free.c - the contracts of free, cfree, free_sized, free_aligned_sized
 * and freezero on what is rightly freed.  What is not is the business of
 * tests/misuse.
 */
#include <errno.h>
#include <pthread.h>

#include "names.h"
#include "util.h"

START_TEST(free_of_null_does_nothing)
{
	const struct names *name = &names[_i];

	errno = 77;
	name->free(NULL);
	name->cfree(NULL);
	name->free_sized(NULL, 100);
	name->free_aligned_sized(NULL, 64, 100);
	memalloc_freezero(NULL, 100);
	ck_assert_int_eq(errno, 77);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
}
END_TEST

START_TEST(free_keeps_errno_for_every_size)
{
	const struct names *name = &names[_i];

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		size_t size = border_sizes[i];

		for (int form = 0; form < 5; form++) {
			void *p = form == 3 ? name->aligned_alloc(64, size)
			                    : name->malloc(size);

			REQUIRE(p != NULL, "size %zu", size);
			memset(opaque(p), 1, size < 4096 ? size : 4096);
			errno = 77;
			switch (form) {
			case 0:
				name->free(p);
				break;
			case 1:
				name->cfree(p);
				break;
			case 2:
				name->free_sized(p, size);
				break;
			case 3:
				name->free_aligned_sized(p, 64, size);
				break;
			default:
				memalloc_freezero(p, size);
				break;
			}
			REQUIRE(errno == 77, "form %d, size %zu, errno %d",
			        form, size, errno);
		}
	}
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
}
END_TEST

START_TEST(free_gives_the_block_up)
{
	const struct names *name = &names[_i];

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		size_t bytes = live_bytes(), blocks = live_blocks();
		void *p = name->malloc(border_sizes[i]);

		REQUIRE(live_blocks() == blocks + 1, "%zu", border_sizes[i]);
		REQUIRE(live_bytes() == bytes + name->usable_size(p), "%zu",
		        border_sizes[i]);
		name->free(p);
		REQUIRE(live_blocks() == blocks, "%zu", border_sizes[i]);
		REQUIRE(live_bytes() == bytes, "%zu", border_sizes[i]);
	}
}
END_TEST

/* What a thread shall free, and how. */
struct errand {
	const struct names *name;
	void *block[BORDER_COUNT];
};

static void *
free_all(void *arg)
{
	struct errand *errand = arg;

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		errno = 77;
		errand->name->free(errand->block[i]);
		REQUIRE(errno == 77, "size %zu", border_sizes[i]);
	}
	return NULL;
}

START_TEST(another_thread_may_free)
{
	struct errand errand = { .name = &names[_i] };
	size_t blocks;
	pthread_t thread;

	/* What making a thread allocates, and keeps, shall not be counted. */
	memset(errand.block, 0, sizeof(errand.block));
	ck_assert_int_eq(pthread_create(&thread, NULL, free_all, &errand), 0);
	pthread_join(thread, NULL);
	blocks = live_blocks();
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		errand.block[i] = errand.name->malloc(border_sizes[i]);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, free_all, &errand), 0);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(live_blocks(), blocks);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(blocks_may_be_freed_in_any_order)
{
	const struct names *name = &names[_i];
	static void *block[20000];
	uint64_t random = 5;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = name->malloc(next_random(&random) % 600);
	}
	for (size_t i = ARRAY_LENGTH(block) - 1; i > 0; i--) {
		size_t j = next_random(&random) % (i + 1);
		void *p = block[i];

		block[i] = block[j];
		block[j] = p;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		name->free(block[i]);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(free_sized_takes_every_size_that_was_asked_for)
{
	const struct names *name = &names[_i];
	size_t blocks = live_blocks();

	for (size_t size = 0; size < 140000; size += size < 5000 ? 1 : 391) {
		name->free_sized(name->malloc(size), size);
		name->free_sized(name->calloc(size, 1), size);
		name->free_sized(name->calloc(3, size), size * 3);
	}
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		name->free_sized(name->malloc(border_sizes[i]),
		                 border_sizes[i]);
	}
	ck_assert_uint_eq(live_blocks(), blocks);
}
END_TEST

START_TEST(free_sized_takes_the_size_of_the_last_realloc)
{
	const struct names *name = &names[_i];

	for (size_t i = 1; i < BORDER_COUNT; i++) {
		for (size_t j = 1; j < BORDER_COUNT; j++) {
			void *p = name->malloc(border_sizes[i]);

			p = name->realloc(p, border_sizes[j]);
			name->free_sized(p, border_sizes[j]);
		}
	}
	/* Step by step down, and up again. */
	for (size_t size = 70000; size > 0; size -= size / 50 + 1) {
		void *p = name->realloc(name->malloc(70000), size);

		name->free_sized(p, size);
		p = name->realloc(name->malloc(1), size);
		name->free_sized(p, size);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(free_aligned_sized_takes_what_aligned_alloc_was_asked_for)
{
	const struct names *name = &names[_i];
	size_t blocks = live_blocks();

	for (size_t alignment = 1; alignment <= 64 * MIB; alignment *= 2) {
		for (size_t i = 0; i < BORDER_COUNT; i += 1 + alignment / MIB) {
			void *p = name->aligned_alloc(alignment,
			                              border_sizes[i]);

			REQUIRE(p != NULL, "%zu %zu", alignment,
			        border_sizes[i]);
			name->free_aligned_sized(p, alignment,
			                         border_sizes[i]);
		}
	}
	ck_assert_uint_eq(live_blocks(), blocks);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(freezero_clears_the_bytes_before_it_frees)
{
	for (size_t size = 32; size <= 20000; size = size * 5 / 4) {
		unsigned char *p = memalloc_malloc(size);

		memset(opaque(p), 0xa5, size);
		memalloc_freezero(p, size);
		p = opaque(p);
		/* The first two words may be a free block's. */
		REQUIRE(is_filled(p + 16, size - 16, 0), "size %zu", size);
	}
}
END_TEST

START_TEST(freezero_takes_any_size_up_to_the_blocks)
{
	size_t blocks = live_blocks();

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *p = memalloc_malloc(border_sizes[i]);

		memalloc_freezero(p, memalloc_usable_size(p));
		memalloc_freezero(memalloc_malloc(border_sizes[i]), 0);
		memalloc_freezero(memalloc_malloc(border_sizes[i]),
		                  border_sizes[i] / 2);
	}
	ck_assert_uint_eq(live_blocks(), blocks);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("free");
	TCase *tcase = add_case(suite, "free", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(free_of_null_does_nothing);
	ADD(free_keeps_errno_for_every_size);
	ADD(free_gives_the_block_up);
	ADD(another_thread_may_free);
	ADD(blocks_may_be_freed_in_any_order);
	ADD(free_sized_takes_every_size_that_was_asked_for);
	ADD(free_sized_takes_the_size_of_the_last_realloc);
	ADD(free_aligned_sized_takes_what_aligned_alloc_was_asked_for);
	tcase_add_test(tcase, freezero_clears_the_bytes_before_it_frees);
	tcase_add_test(tcase, freezero_takes_any_size_up_to_the_blocks);
	return run_suite(suite);
}
