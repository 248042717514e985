/* SPDX-License-Identifier: MIT */
/*
 * api_stats.c - the contract of memalloc_stats: the equation, and each
 * figure moved by what it counts.
 */
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "look.h"
#include "names.h"
#include "util.h"

/* The sums that hold when nothing moves. */
static void
expect_sums(const char *when)
{
	struct memalloc_stats s = look();

	REQUIRE(s.heap == s.live + s.cached + s.free + s.uncarved + s.slack,
	        "%s: heap %zu, live %zu + cached %zu + free %zu + "
	        "uncarved %zu + slack %zu", when, s.heap, s.live, s.cached,
	        s.free, s.uncarved, s.slack);
	REQUIRE(s.heap == s.from_break + s.from_map, "%s", when);
	REQUIRE(s.heap <= s.heap_peak, "%s", when);
	REQUIRE(s.dirty <= s.free, "%s", when);
	REQUIRE(s.metadata > 0, "%s", when);
	REQUIRE(s.spans > 0 || s.live == 0, "%s", when);
	REQUIRE(s.heaps >= 1, "%s", when);
}

START_TEST(null_or_no_room_is_an_error)
{
	struct memalloc_stats stats;

	ck_assert_int_eq(memalloc_stats(NULL, sizeof(stats)), EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
	memset(&stats, 0xee, sizeof(stats));
	ck_assert_int_eq(memalloc_stats(&stats, 0), EINVAL);
	REQUIRE(is_filled(&stats, sizeof(stats), 0xee), "size 0");
}
END_TEST

START_TEST(a_smaller_struct_gets_its_part_only)
{
	struct memalloc_stats whole, part;
	size_t size = offsetof(struct memalloc_stats, live);

	memset(&part, 0xee, sizeof(part));
	ck_assert_int_eq(memalloc_stats(&whole, sizeof(whole)), 0);
	ck_assert_int_eq(memalloc_stats(&part, size), 0);
	ck_assert_mem_eq(&part, &whole, size);
	REQUIRE(is_filled((char *)&part + size, sizeof(part) - size, 0xee),
	        "behind the part");
}
END_TEST

START_TEST(a_larger_struct_gets_zeros_in_the_rest)
{
	struct {
		struct memalloc_stats known;
		size_t later[10];
	} wide;
	struct memalloc_stats whole;

	memset(&wide, 0xee, sizeof(wide));
	ck_assert_int_eq(memalloc_stats(&whole, sizeof(whole)), 0);
	ck_assert_int_eq(memalloc_stats(&wide.known, sizeof(wide)), 0);
	ck_assert_mem_eq(&wide.known, &whole, sizeof(whole));
	REQUIRE(is_filled(wide.later, sizeof(wide.later), 0), "the rest");
}
END_TEST

START_TEST(looking_changes_nothing)
{
	struct memalloc_stats first = look(), second = look();

	ck_assert_mem_eq(&first, &second, sizeof(first));
}
END_TEST

START_TEST(the_heap_is_the_sum_of_its_parts_after_every_step)
{
	static void *slot[1000];
	uint64_t random = 11;

	expect_sums("at start");
	memset(slot, 0, sizeof(slot));
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);
		unsigned bits = step % 101 == 0 ? 21 : 12;

		memalloc_free(slot[i]);
		slot[i] = memalloc_malloc(next_random(&random) &
		                          (((size_t)1 << bits) - 1));
		if (step % 500 == 0) {
			expect_sums("churn");
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		memalloc_free(slot[i]);
	}
	expect_sums("all freed");
	memalloc_trim(0);
	expect_sums("trimmed");
}
END_TEST

START_TEST(live_counts_each_block_to_the_byte)
{
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		struct memalloc_stats before = look(), with, after;
		void *p = memalloc_malloc(border_sizes[i]);
		size_t usable = memalloc_usable_size(p);

		with = look();
		memalloc_free(p);
		after = look();
		REQUIRE(with.live == before.live + usable, "size %zu",
		        border_sizes[i]);
		REQUIRE(with.live_blocks == before.live_blocks + 1,
		        "size %zu", border_sizes[i]);
		REQUIRE(after.live == before.live, "size %zu",
		        border_sizes[i]);
		REQUIRE(after.live_blocks == before.live_blocks, "size %zu",
		        border_sizes[i]);
	}
}
END_TEST

START_TEST(freed_small_blocks_are_cached_or_free)
{
	static void *block[1000];
	struct memalloc_stats before, after;
	size_t usable = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = memalloc_malloc(1000);
		usable += memalloc_usable_size(block[i]);
	}
	before = look();
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		memalloc_free(block[i]);
	}
	after = look();
	ck_assert_uint_eq(after.live, before.live - usable);
	ck_assert_uint_ge(after.cached + after.free,
	                  before.cached + before.free + usable);
}
END_TEST

START_TEST(the_peak_stays_when_the_heap_shrinks)
{
	struct memalloc_stats with, after;
	void *p = memalloc_malloc(200 * MIB);

	with = look();
	memalloc_free(p);
	memalloc_trim(0);
	after = look();
	ck_assert_uint_ge(with.heap, 200 * MIB);
	ck_assert_uint_ge(with.heap_peak, with.heap);
	ck_assert_uint_eq(after.heap_peak, with.heap_peak);
	ck_assert_uint_lt(after.heap, 100 * MIB);
}
END_TEST

START_TEST(a_huge_block_is_mapped_and_a_small_one_is_not)
{
	struct memalloc_stats before = look(), with, after;
	void *p = memalloc_malloc(64 * MIB);

	with = look();
	ck_assert_uint_ge(with.from_map, before.from_map + 64 * MIB);
	memalloc_free(p);
	after = look();
	ck_assert_uint_lt(after.live, before.live + MIB);
	ck_assert_uint_gt(before.from_break, 0);
}
END_TEST

START_TEST(a_large_block_is_a_span)
{
	struct memalloc_stats before = look(), with, after;
	void *p = memalloc_malloc(5 * MIB);

	with = look();
	memalloc_free(p);
	after = look();
	ck_assert_uint_eq(with.spans, before.spans + 1);
	ck_assert_uint_eq(after.spans, before.spans);
	ck_assert_uint_ge(after.free_spans, 1);
	ck_assert_uint_ge(after.free, 5 * MIB);
}
END_TEST

START_TEST(dirty_pages_are_purged_by_trim)
{
	struct memalloc_stats dirty, clean;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* Slices of longer pages may stay dirty, and be taken. */
	size_t stays = page > 16 * KIB ? page : 0;
	void *guard;
	void *p = memalloc_malloc(20 * MIB);

	guard = memalloc_malloc(40000);
	memset(opaque(p), 1, 20 * MIB);
	memalloc_free(p);
	dirty = look();
	memalloc_trim(0);
	clean = look();
	ck_assert_uint_ge(dirty.dirty + dirty.purged, 19 * MIB);
	ck_assert_uint_le(clean.dirty, stays);
	ck_assert_uint_ge(clean.purged + stays, dirty.purged + dirty.dirty);
	memalloc_free(guard);
}
END_TEST

static void *
allocate_a_little(void *arg)
{
	memalloc_free(memalloc_malloc(100));
	return arg;
}

START_TEST(threads_have_heaps_that_are_used_again)
{
	struct memalloc_stats before = look(), after;
	pthread_t thread[4];

	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < ARRAY_LENGTH(thread); i++) {
			ck_assert_int_eq(pthread_create(&thread[i], NULL,
			                                allocate_a_little,
			                                NULL), 0);
		}
		for (size_t i = 0; i < ARRAY_LENGTH(thread); i++) {
			pthread_join(thread[i], NULL);
		}
	}
	after = look();
	ck_assert_uint_ge(after.heaps, before.heaps + 1);
	ck_assert_uint_le(after.heaps, before.heaps + 8);
	expect_sums("threads ended");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("stats");
	TCase *tcase = add_case(suite, "stats", 60);

	tcase_add_test(tcase, null_or_no_room_is_an_error);
	tcase_add_test(tcase, a_smaller_struct_gets_its_part_only);
	tcase_add_test(tcase, a_larger_struct_gets_zeros_in_the_rest);
	tcase_add_test(tcase, looking_changes_nothing);
	tcase_add_test(tcase,
	               the_heap_is_the_sum_of_its_parts_after_every_step);
	tcase_add_test(tcase, live_counts_each_block_to_the_byte);
	tcase_add_test(tcase, freed_small_blocks_are_cached_or_free);
	tcase_add_test(tcase, the_peak_stays_when_the_heap_shrinks);
	tcase_add_test(tcase, a_huge_block_is_mapped_and_a_small_one_is_not);
	tcase_add_test(tcase, a_large_block_is_a_span);
	tcase_add_test(tcase, dirty_pages_are_purged_by_trim);
	tcase_add_test(tcase, threads_have_heaps_that_are_used_again);
	return run_suite(suite);
}
