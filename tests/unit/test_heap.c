/* SPDX-License-Identifier: MIT */
/*
 * test_heap.c - heaps on a scripted system: refill, overflow, bounds of the
 * cache, remote frees, ended threads and adoption.
 */
#include "base.h"

#include <pthread.h>

#include <memalloc.h>

#include "alloc.h"
#include "arena.h"
#include "fake_os.h"
#include "heap.h"
#include "look.h"
#include "pagemap.h"
#include "target.h"
#include "thread.h"
#include "util.h"

#define MANY 20000

static void *block[MANY];

static void
expect_sound(void)
{
	int found = memalloc_check();

	REQUIRE(found == 0, "%s", fake_os_text());
}

static void
take_many(size_t size)
{
	for (size_t i = 0; i < MANY; i++) {
		block[i] = memalloc_malloc(size);
		REQUIRE(block[i] != NULL, "%zu", i);
		memset(block[i], 1, size < 16 ? size : 16);
	}
}

static void
free_many(void)
{
	for (size_t i = 0; i < MANY; i++) {
		memalloc_free(block[i]);
	}
}

static void
run_thread(void *(*function)(void *), void *arg)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, function, arg), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}

/* --- One thread ---------------------------------------------------------- */

START_TEST(the_first_call_gives_the_thread_a_heap)
{
	struct ma_heap *heap;

	ck_assert_ptr_null(ma_thread.heap);
	memalloc_free(memalloc_malloc(100));
	heap = ma_thread.heap;
	ck_assert_ptr_nonnull(heap);
	ck_assert_ptr_eq(ma_thread.hit, heap);
	ck_assert_uint_eq(heap->number, 1);
	ck_assert_ptr_eq(ma_heap_number(1), heap);
	ck_assert_uint_eq(ma_heap_last_number(), 1);
	ck_assert_uint_eq(heap->state, MA_HEAP_LIVE);
	ck_assert(ma_heap_number(2) == NULL);
	ck_assert(ma_heap_number(MA_OWNERS) == NULL);
}
END_TEST

START_TEST(first_blocks_of_small_classes_share_a_span)
{
	struct memalloc_stats stats;

	for (size_t size = 16; size <= 512; size *= 2) {
		ck_assert_ptr_nonnull(memalloc_malloc(size));
	}
	stats = look();
	ck_assert_uint_eq(stats.spans, 1);
	ck_assert_ptr_nonnull(ma_thread.heap->starter);
	expect_sound();
}
END_TEST

START_TEST(the_first_block_of_a_medium_class_shares_it_too)
{
	char *first = memalloc_malloc(4096), *second;

	ck_assert_uint_eq(look().spans, 1);
	/* As aligned as any block of its class. */
	ck_assert_uint_eq((uintptr_t)first % 4096, 0);
	second = memalloc_malloc(4096);
	ck_assert_uint_eq(look().spans, 2);
	memalloc_free(second);
	memalloc_free(first);
	expect_sound();
}
END_TEST

START_TEST(a_starter_block_serves_again_while_its_class_has_no_span)
{
	void *p = memalloc_malloc(3000);

	for (int i = 0; i < 10; i++) {
		memalloc_free(p);
		ck_assert_ptr_eq(memalloc_malloc(3000), p);
	}
	ck_assert_uint_eq(look().spans, 1);
}
END_TEST

/*
 * A span for each class that is wanted now and then would be a page for each:
 * they begin with blocks of the last class of their group.
 */
START_TEST(a_class_gets_a_span_of_its_own_when_it_is_wanted_often)
{
	size_t own = 0, borrowed = 0, i;

	for (i = 0; own < 20 && i < 200; i++) {
		size_t usable = memalloc_usable_size(memalloc_malloc(600));

		REQUIRE(usable == 608 || usable == 640, "block %zu: %zu", i,
		        usable);
		/* The first is a starter block. */
		if (usable == 640) {
			borrowed++;
		} else if (i > 0) {
			own++;
		}
	}
	ck_assert_uint_ge(borrowed, 8);
	ck_assert_uint_le(borrowed, 64);
	ck_assert_uint_eq(own, 20);
	ck_assert_uint_eq(i, 1 + borrowed + own);
	expect_sound();
}
END_TEST

START_TEST(a_borrowed_block_is_one_of_the_size_asked_for)
{
	void *p;

	do
		p = memalloc_malloc(600);
	while (memalloc_usable_size(p) != 640);
	/* It stays where it is, and may be freed by its size. */
	ck_assert_ptr_eq(memalloc_realloc(p, 605), p);
	ck_assert_ptr_eq(memalloc_realloc(p, 640), p);
	ck_assert_ptr_eq(memalloc_realloc(p, 601), p);
	memalloc_free_sized(p, 601);
	expect_sound();
}
END_TEST

START_TEST(aligned_blocks_are_not_borrowed)
{
	for (int i = 0; i < 200; i++) {
		void *p = memalloc_aligned_alloc(512, 1400);

		REQUIRE((uintptr_t)p % 512 == 0, "block %d: %p", i, p);
		p = memalloc_aligned_alloc(32, 600);
		REQUIRE((uintptr_t)p % 32 == 0, "block %d: %p", i, p);
	}
	expect_sound();
}
END_TEST

START_TEST(blocks_of_one_class_lie_side_by_side)
{
	size_t together = 0;

	take_many(1024);
	for (size_t i = 1; i < MANY; i++) {
		together += (char *)block[i] - (char *)block[i - 1] == 1024 ||
		            (char *)block[i - 1] - (char *)block[i] == 1024;
	}
	ck_assert_uint_gt(together, MANY * 9 / 10);
	expect_sound();
}
END_TEST

START_TEST(blocks_given_back_in_any_order_make_free_spans)
{
	uint64_t random = 1;

	take_many(200);
	for (size_t i = MANY - 1; i > 0; i--) {
		size_t j = next_random(&random) % (i + 1);
		void *p = block[i];

		block[i] = block[j];
		block[j] = p;
	}
	free_many();
	expect_sound();
	memalloc_trim(0);
	ck_assert_uint_eq(look().live, 0);
	ck_assert_uint_eq(look().cached, 0);
	ck_assert_uint_le(look().spans, 2);
	ck_assert_uint_le(look().heap, 4 * MIB);
	expect_sound();
}
END_TEST

START_TEST(a_thread_caches_no_more_than_it_may)
{
	for (size_t size = 16; size <= 32768; size = size * 5 / 2) {
		take_many(size > 2000 ? 2000 : size);
		free_many();
		REQUIRE(look().cached <= 512 * KIB, "size %zu: %zu", size,
		        look().cached);
	}
	expect_sound();
}
END_TEST

START_TEST(a_bin_that_overflows_keeps_few_blocks)
{
	const struct ma_bins *bins;

	take_many(100);
	free_many();
	take_many(1000);
	free_many();
	bins = &ma_thread.heap->bins;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		int32_t most = ma_heap_usual_cap(c);

		/* H4: what was loaded at once may be more. */
		if (most < ma_sizeclass[c].capacity)
			most = ma_sizeclass[c].capacity;
		REQUIRE(bins->room[c] >= 0 && bins->room[c] <= bins->cap[c],
		        "bin %u", c);
		REQUIRE(bins->cap[c] <= most, "bin %u", c);
	}
}
END_TEST

/* A span's list, loaded whole, raises the cap; an overflow brings it back. */
START_TEST(a_cap_that_a_long_list_raised_falls_again)
{
	unsigned c = ma_sizeclass_of(64);
	const struct ma_bins *bins;

	take_many(64);
	free_many();
	bins = &ma_thread.heap->bins;
	ck_assert_int_eq(bins->cap[c], MA_CAP_BLOCKS);
	for (size_t i = 0; i <= MA_CAP_BLOCKS; i++) {
		block[i] = memalloc_malloc(64);
		REQUIRE(block[i] != NULL, "%zu", i);
	}
	ck_assert_int_gt(bins->cap[c], MA_CAP_BLOCKS);
	take_many(64);
	free_many();
	ck_assert_int_eq(bins->cap[c], MA_CAP_BLOCKS);
	ck_assert_int_le(ma_bin_count(bins, c), MA_CAP_BLOCKS);
	expect_sound();
}
END_TEST

/*
 * The page map has borders: of chunks each 32 MiB, of leaves each 1 GiB; the
 * first of both are number 0.  Programs that are not position independent have
 * their break that low.  Skipped in builds that have something there, or end
 * the program for asking.
 */
#define HIGH_BORDER (TOP_BIT >> (IS_64_BIT ? 23 : 0))

static const uintptr_t break_starts[] = {
	(uintptr_t)1 << 20,
	((uintptr_t)1 << 30) - ((uintptr_t)2 << 20),
	HIGH_BORDER - ((uintptr_t)2 << 20),
	HIGH_BORDER + ((uintptr_t)30 << 20),
};

START_TEST(the_heap_may_lie_on_any_border_of_the_page_map)
{
	uintptr_t start = break_starts[_i];

	if (THREAD_SANITIZED || !fake_os_break_from(start)) {
		return;
	}
	for (size_t size = 16; size < 10000; size = size * 3 + 16) {
		take_many(size);
		ck_assert_uint_eq((uintptr_t)block[0] >> 30 >> 3,
		                  start >> 30 >> 3);
		free_many();
		expect_sound();
	}
	memalloc_trim(0);
	expect_sound();
}
END_TEST

START_TEST(a_live_block_that_looks_like_a_free_one_is_freed)
{
	for (size_t size = 16; size <= 40000; size = size * 2 + 8) {
		uintptr_t *p = memalloc_malloc(size);

		/* A mark's highest bytes, but not a mark. */
		p[1] = ma_secret_mark ^ 1;
		p[0] = 0;
		memalloc_free(p);
		expect_sound();
		p = memalloc_malloc(size);
		p[1] = ma_secret_mark ^ (uintptr_t)p ^ 1;
		REQUIRE(memalloc_realloc(p, size + 1) != NULL, "%zu", size);
		expect_sound();
	}
}
END_TEST

/* Ordinary calls that take and give no spans are enough for it. */
START_TEST(what_lies_idle_decays_while_other_blocks_come_and_go)
{
	size_t before;

	memalloc_free(memset(memalloc_malloc(4 << 20), 1, 4 << 20));
	before = ma_arena.dirty;
	ck_assert_uint_ge(before, (4 << 20) >> MA_SLICE_SHIFT);
	for (int turn = 0; turn < 20; turn++) {
		void *kept[40];

		fake_os_advance(300);
		for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
			kept[i] = memalloc_malloc(200 + 16 * (size_t)turn);
		}
		for (size_t i = 0; i < ARRAY_LENGTH(kept); i++) {
			memalloc_free(kept[i]);
		}
	}
	ck_assert_uint_lt(ma_arena.dirty, before / 4);
	expect_sound();
}
END_TEST

START_TEST(a_cached_block_does_not_pin_its_span_for_long)
{
	const struct ma_bins *bins;
	size_t cached;

	for (size_t size = 600; size < 1400; size += 50) {
		take_many(size);
		free_many();
	}
	bins = &ma_thread.heap->bins;
	cached = look().cached;
	ck_assert_uint_gt(cached, 4 * KIB);
	ck_assert(!ma_bin_is_empty(bins, ma_sizeclass_of(1350)));
	fake_os_advance(300);
	take_many(32);
	free_many();
	ck_assert(ma_bin_is_empty(bins, ma_sizeclass_of(1350)));
	ck_assert_uint_lt(look().cached, cached / 4);
	expect_sound();
}
END_TEST

START_TEST(few_live_blocks_of_many_classes_do_not_thrash)
{
	size_t pairs = 0, slow = 0;

	for (int round = 0; round < 200; round++) {
		for (size_t size = 64; size < 500; size += 14) {
			unsigned calls = ma_thread.heap == NULL ? 0 :
				ma_thread.heap->slow_calls;

			memalloc_free(memalloc_malloc(size));
			if (round >= 100) {
				pairs++;
				slow += ma_thread.heap->slow_calls != calls;
			}
		}
	}
	REQUIRE(slow <= pairs / 20, "%zu of %zu pairs are slow", slow, pairs);
}
END_TEST

/* --- Several threads ----------------------------------------------------- */

static void *
free_range(void *arg)
{
	size_t *range = arg;

	for (size_t i = range[0]; i < range[1]; i++) {
		memalloc_free(block[i]);
	}
	return NULL;
}

static void *
use_a_little(void *arg)
{
	memalloc_free(memalloc_malloc((size_t)(uintptr_t)arg));
	return NULL;
}

START_TEST(remote_frees_come_home)
{
	size_t all[2] = { 0, MANY };
	size_t heap, live;

	take_many(300);
	heap = look().heap;
	run_thread(free_range, all);
	live = look().live;
	ck_assert_uint_eq(live, 0);
	/* The owner uses them again instead of new memory. */
	take_many(300);
	ck_assert_uint_le(look().heap, heap + MIB);
	free_many();
	expect_sound();
}
END_TEST

START_TEST(remote_frees_between_two_live_threads_come_home)
{
	for (int round = 0; round < 20; round++) {
		size_t half[2] = { 0, MANY / 2 };
		size_t rest[2] = { MANY / 2, MANY };
		pthread_t thread[2];

		take_many(100 + (size_t)round);
		ck_assert_int_eq(pthread_create(&thread[0], NULL, free_range,
		                                half), 0);
		ck_assert_int_eq(pthread_create(&thread[1], NULL, free_range,
		                                rest), 0);
		for (int i = 0; i < 1000; i++) {
			memalloc_free(memalloc_malloc(100));
		}
		pthread_join(thread[0], NULL);
		pthread_join(thread[1], NULL);
	}
	ck_assert_uint_eq(look().live, 0);
	ck_assert_uint_le(look().heap, 16 * MIB);
	expect_sound();
}
END_TEST

START_TEST(the_heap_of_an_ended_thread_is_handed_on)
{
	for (int i = 0; i < 100; i++) {
		run_thread(use_a_little, (void *)(uintptr_t)(i * 10));
	}
	ck_assert_uint_le(ma_heap_last_number(), 2);
	expect_sound();
}
END_TEST

static void *
take_for_others(void *arg)
{
	(void)arg;
	take_many(700);
	for (size_t i = 0; i < MANY; i += 2) {
		memalloc_free(block[i]);
	}
	return NULL;
}

START_TEST(partly_free_spans_of_ended_threads_are_adopted)
{
	static void *mine[MANY / 2];
	size_t heap;

	memalloc_free(memalloc_malloc(16));
	run_thread(take_for_others, NULL);
	heap = look().heap;
	for (size_t i = 0; i < MANY / 2; i++) {
		mine[i] = memalloc_malloc(700);
	}
	ck_assert_uint_le(look().heap, heap + heap / 8);
	expect_sound();
	for (size_t i = 0; i < MANY / 2; i++) {
		memalloc_free(mine[i]);
		memalloc_free(block[i * 2 + 1]);
	}
	expect_sound();
	memalloc_trim(0);
	ck_assert_uint_eq(look().live, 0);
	ck_assert_uint_le(look().heap, 4 * MIB);
}
END_TEST

static void *
leave_one(void *arg)
{
	block[0] = memalloc_malloc(100);
	memalloc_free(memalloc_malloc(200));
	return arg;
}

START_TEST(the_starter_span_of_an_ended_thread_goes_when_it_is_empty)
{
	struct ma_heap *heap;

	memalloc_free(memalloc_malloc(16));
	run_thread(leave_one, NULL);
	heap = ma_heap_number(2);
	ck_assert_ptr_nonnull(heap->starter);
	memalloc_trim(0);
	ck_assert_ptr_nonnull(heap->starter);
	ck_assert_uint_eq(look().spans, 2);
	memalloc_free(block[0]);
	memalloc_trim(0);
	ck_assert_ptr_null(heap->starter);
	ck_assert_uint_eq(look().spans, 1);
	expect_sound();
	/* The next thread begins as the first did. */
	run_thread(leave_one, NULL);
	ck_assert_ptr_eq(ma_heap_number(2), heap);
	ck_assert_ptr_nonnull(heap->starter);
	ck_assert_uint_eq(look().spans, 2);
	memalloc_free(block[0]);
	expect_sound();
}
END_TEST

START_TEST(blocks_of_an_ended_thread_may_be_freed_by_any)
{
	size_t half[2] = { 0, MANY / 2 };

	run_thread(take_for_others, NULL);
	for (size_t i = 0; i < MANY; i += 2) {
		block[i] = NULL; /* Freed by the thread itself. */
	}
	run_thread(free_range, half);
	for (size_t i = MANY / 2; i < MANY; i++) {
		memalloc_free(block[i]);
	}
	memalloc_trim(0);
	ck_assert_uint_eq(look().live, 0);
	expect_sound();
}
END_TEST

static pthread_barrier_t barrier;

static void *
leave_every_second(void *arg)
{
	for (size_t i = 0; i < 200; i++) {
		block[i] = memalloc_malloc(2000);
	}
	for (size_t i = 0; i < 200; i += 2) {
		memalloc_free(block[i]);
	}
	return arg;
}

/* Its first call is a free, interrupted before it has a heap. */
static void *
free_what_was_adopted(void *arg)
{
	struct ma_target t = ma_target_of(block[5], "free");

	pthread_barrier_wait(&barrier);
	pthread_barrier_wait(&barrier);
	ma_release(&t, block[5]);
	ck_assert_uint_eq(ma_thread.heap->number, ma_word_owner(t.word));
	memalloc_trim(0);
	return arg;
}

START_TEST(a_block_adopted_while_a_new_thread_frees_it_goes_home)
{
	pthread_t thread;

	memalloc_free(memalloc_malloc(1));
	ck_assert_int_eq(pthread_barrier_init(&barrier, NULL, 2), 0);
	run_thread(leave_every_second, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL,
	                                free_what_was_adopted, NULL), 0);
	pthread_barrier_wait(&barrier);
	for (size_t i = 200; i < 500; i++) {
		block[i] = memalloc_malloc(2000);
	}
	ck_assert_uint_eq(ma_word_owner(ma_pagemap_word((uintptr_t)block[5])),
	                  ma_thread.heap->number);
	pthread_barrier_wait(&barrier);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	expect_sound();
}
END_TEST

static pthread_key_t key;

/* Runs after the thread's heap has gone, in the last round or later. */
static void
late_destructor(void *value)
{
	uintptr_t rounds = (uintptr_t)value;

	for (size_t i = 0; i < 100; i++) {
		memalloc_free(memalloc_malloc(i * 30));
	}
	if (rounds > 1) {
		pthread_setspecific(key, (void *)(rounds - 1));
	}
}

static void *
end_late(void *arg)
{
	pthread_setspecific(key, (void *)(uintptr_t)MA_KEY_ROUNDS);
	memalloc_free(memalloc_malloc(100));
	return arg;
}

START_TEST(calls_in_late_destructors_build_no_heaps)
{
	pthread_key_create(&key, late_destructor);
	for (int i = 0; i < 50; i++) {
		run_thread(end_late, NULL);
	}
	ck_assert_uint_le(ma_heap_last_number(), 3);
	ck_assert_uint_eq(look().live, 0);
	expect_sound();
}
END_TEST

START_TEST(a_heap_that_cannot_be_made_is_refused)
{
	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	ck_assert_ptr_null(ma_pool_get());
	fake_os_refuse(FAKE_BREAK_EXTEND, false);
	ck_assert_ptr_nonnull(ma_pool_get());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("heap");
	TCase *tcase = add_case(suite, "one thread", 60);

	tcase_add_test(tcase, the_first_call_gives_the_thread_a_heap);
	tcase_add_test(tcase, first_blocks_of_small_classes_share_a_span);
	tcase_add_test(tcase,
	               the_first_block_of_a_medium_class_shares_it_too);
	tcase_add_test(
		tcase,
		a_starter_block_serves_again_while_its_class_has_no_span);
	tcase_add_test(tcase,
	               a_class_gets_a_span_of_its_own_when_it_is_wanted_often);
	tcase_add_test(tcase, a_borrowed_block_is_one_of_the_size_asked_for);
	tcase_add_test(tcase, aligned_blocks_are_not_borrowed);
	tcase_add_test(tcase, blocks_of_one_class_lie_side_by_side);
	tcase_add_test(tcase,
	               blocks_given_back_in_any_order_make_free_spans);
	tcase_add_test(tcase, a_thread_caches_no_more_than_it_may);
	tcase_add_test(tcase, a_bin_that_overflows_keeps_few_blocks);
	tcase_add_test(tcase, a_cap_that_a_long_list_raised_falls_again);
	tcase_add_loop_test(tcase,
	                    the_heap_may_lie_on_any_border_of_the_page_map, 0,
	                    ARRAY_LENGTH(break_starts));
	tcase_add_test(tcase, a_live_block_that_looks_like_a_free_one_is_freed);
	tcase_add_test(tcase,
	               what_lies_idle_decays_while_other_blocks_come_and_go);
	tcase_add_test(tcase, a_cached_block_does_not_pin_its_span_for_long);
	tcase_add_test(tcase, few_live_blocks_of_many_classes_do_not_thrash);
	tcase = add_case(suite, "threads", 60);
	tcase_add_test(tcase, remote_frees_come_home);
	tcase_add_test(tcase,
	               remote_frees_between_two_live_threads_come_home);
	tcase_add_test(tcase, the_heap_of_an_ended_thread_is_handed_on);
	tcase_add_test(tcase, partly_free_spans_of_ended_threads_are_adopted);
	tcase_add_test(
		tcase,
		the_starter_span_of_an_ended_thread_goes_when_it_is_empty);
	tcase_add_test(tcase, blocks_of_an_ended_thread_may_be_freed_by_any);
	tcase_add_test(tcase,
	               a_block_adopted_while_a_new_thread_frees_it_goes_home);
	tcase_add_test(tcase, calls_in_late_destructors_build_no_heaps);
	tcase_add_test(tcase, a_heap_that_cannot_be_made_is_refused);
	return run_suite(suite);
}
