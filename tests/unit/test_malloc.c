/* SPDX-License-Identifier: MIT */
/*
 * test_malloc.c - the entry points on a scripted system: every call of the
 * system refused once, each kind refused for good, the break moved by others.
 * Whatever is refused, blocks keep their content, refusals are NULL with
 * ENOMEM, and memalloc_check finds nothing.
 */
#include "base.h"

#include <errno.h>

#include <memalloc.h>

#include "arena.h"
#include "fake_os.h"
#include "meta.h"
#include "option.h"
#include "sizeclass.h"
#include "thread.h"
#include "util.h"

#define SLOTS 100

static struct {
	unsigned char *p;
	size_t size;
} slot[SLOTS];

static unsigned refusals;

/* A few bytes at both ends and one a page tell whose block it is. */
static void
stamp(size_t i)
{
	unsigned char *p = slot[i].p;
	size_t size = slot[i].size;

	for (size_t k = 0; k < size; k += 4096) {
		p[k] = pattern_byte(k, (unsigned)i);
	}
	if (size > 0) {
		p[size - 1] = (unsigned char)i;
	}
}

static void
verify(size_t i, size_t size, bool whole, unsigned step)
{
	unsigned char *p = slot[i].p;

	for (size_t k = 0; k + 1 < size; k += 4096) {
		REQUIRE(p[k] == pattern_byte(k, (unsigned)i),
		        "step %u, size %zu, offset %zu", step, size, k);
	}
	REQUIRE(!whole || size == 0 || p[size - 1] == (unsigned char)i,
	        "step %u, size %zu", step, size);
}

static size_t
random_size(uint64_t *random)
{
	switch (next_random(random) % 40) {
	case 0:
		/* Huge ones are few: most of the time goes to their pages. */
		if (next_random(random) % 4 == 0) {
			return 33 * MIB + next_random(random) % (5 * MIB);
		}
		return next_random(random) % (3 * MIB);
	case 1:
	case 2:
	case 3:
		return next_random(random) % (3 * MIB);
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
	case 9:
		return next_random(random) % 200000;
	default:
		return next_random(random) % 5000;
	}
}

static bool
is_zero(const unsigned char *p, size_t size)
{
	for (size_t k = 0; k < size; k += 512) {
		if (p[k] != 0) {
			return false;
		}
	}
	return size == 0 || p[size - 1] == 0;
}

/* One random call; P is what it gave. */
static void
step_once(uint64_t *random, unsigned step)
{
	size_t i = next_random(random) % SLOTS;
	size_t size = random_size(random);
	unsigned char *p;

	errno = 0;
	if (slot[i].p != NULL && next_random(random) % 2 == 0) {
		size_t kept = size < slot[i].size ? size : slot[i].size;

		size += size == 0;
		p = memalloc_realloc(slot[i].p, size);
		if (p != NULL) {
			slot[i].p = p;
			verify(i, kept, false, step);
			slot[i].size = size;
			stamp(i);
			return;
		}
		verify(i, slot[i].size, true, step);
	} else if (slot[i].p != NULL) {
		verify(i, slot[i].size, true, step);
		errno = 77;
		memalloc_free(slot[i].p);
		REQUIRE(errno == 77, "step %u", step);
		slot[i].p = NULL;
		return;
	} else {
		switch (next_random(random) % 3) {
		case 0:
			p = memalloc_calloc(1, size);
			REQUIRE(p == NULL || is_zero(p, size), "step %u", step);
			break;
		case 1:
			p = memalloc_aligned_alloc(
				(size_t)1 << next_random(random) % 22, size);
			break;
		default:
			p = memalloc_malloc(size);
			break;
		}
		if (p != NULL) {
			slot[i].p = p;
			slot[i].size = size;
			stamp(i);
			return;
		}
	}
	REQUIRE(errno == ENOMEM, "step %u, errno %d", step, errno);
	REQUIRE(memalloc_last_error() == MEMALLOC_ERR_NO_MEMORY, "step %u",
	        step);
	refusals++;
}

static void
expect_sound(unsigned step)
{
	int found = memalloc_check();

	REQUIRE(found == 0, "step %u: %s", step, fake_os_text());
}

static void
run(uint64_t seed, unsigned steps)
{
	uint64_t random = seed;

	for (unsigned step = 0; step < steps / LESS_WORK; step++) {
		step_once(&random, step);
		fake_os_advance(next_random(&random) % 30);
		if (step % 100 == 99) {
			expect_sound(step);
			if (step % 300 == 299) {
				memalloc_trim(next_random(&random) % MIB);
			}
		}
	}
}

static void
free_all(void)
{
	struct memalloc_stats stats;

	for (size_t i = 0; i < SLOTS; i++) {
		if (slot[i].p != NULL) {
			verify(i, slot[i].size, true, 0);
		}
		memalloc_free(slot[i].p);
		slot[i].p = NULL;
	}
	expect_sound(0);
	memalloc_stats(&stats, sizeof(stats));
	ck_assert_uint_eq(stats.live_blocks, 0);
	ck_assert_uint_eq(stats.live, 0);
	ck_assert_uint_eq(stats.heap, stats.cached + stats.free +
	                  stats.uncarved + stats.slack);
}

START_TEST(nothing_is_refused_on_a_willing_system)
{
	run((uint64_t)_i + 1, 2000);
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

#define KTH 8

START_TEST(each_call_may_be_refused_once)
{
	enum fake_call call = (enum fake_call)(_i / KTH);

	fake_os_refuse_nth(call, (unsigned)_i % KTH + 1);
	run((uint64_t)_i, 400);
	free_all();
}
END_TEST

START_TEST(each_kind_of_call_may_be_refused_for_good)
{
	fake_os_refuse((enum fake_call)_i, true);
	run((uint64_t)_i, 1200);
	free_all();
	/* Of the kinds that bring memory the other does, too. */
	ck_assert_uint_eq(refusals, 0);
}
END_TEST

START_TEST(a_kind_of_call_may_be_refused_after_a_while)
{
	run((uint64_t)_i, 500);
	fake_os_refuse((enum fake_call)_i, true);
	run((uint64_t)_i + 1, 500);
	fake_os_refuse((enum fake_call)_i, false);
	run((uint64_t)_i + 2, 500);
	free_all();
}
END_TEST

START_TEST(all_calls_may_be_refused_for_a_while)
{
	run(1, 600);
	for (int call = 0; call < FAKE_CALLS; call++) {
		fake_os_refuse((enum fake_call)call, true);
	}
	/* What is free serves on, and then not all. */
	for (uint64_t i = 2; refusals == 0; i++) {
		run(i, 500);
	}
	ck_assert_uint_lt(refusals, 450);
	for (int call = 0; call < FAKE_CALLS; call++) {
		fake_os_refuse((enum fake_call)call, false);
	}
	refusals = 0;
	run(3, 600);
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

START_TEST(without_any_memory_every_call_is_refused)
{
	for (int call = 0; call < FAKE_CALLS; call++) {
		fake_os_refuse((enum fake_call)call, true);
	}
	for (size_t size = 0; size < 40 * MIB; size = size * 3 + 1) {
		errno = 0;
		REQUIRE(memalloc_malloc(size) == NULL, "%zu", size);
		REQUIRE(errno == ENOMEM, "%zu", size);
		REQUIRE(memalloc_calloc(1, size) == NULL, "%zu", size);
		REQUIRE(memalloc_realloc(NULL, size) == NULL, "%zu", size);
		REQUIRE(memalloc_aligned_alloc(64, size) == NULL, "%zu",
		        size);
	}
	for (int call = 0; call < FAKE_CALLS; call++) {
		fake_os_refuse((enum fake_call)call, false);
	}
	run(1, 300);
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

/*
 * Addresses were taken by large blocks until records took what was left of
 * their memory: a heap for the first small block cannot be made.
 */
START_TEST(where_no_heap_can_be_made_what_is_free_serves)
{
	void *large = memalloc_malloc(2 << 20), *small[1000];

	ck_assert_ptr_nonnull(large);
	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	while (ma_meta_alloc(64) != NULL) {
	}
	memalloc_free(large);
	ck_assert_ptr_null(ma_thread.heap);
	for (size_t i = 0; i < 1000; i++) {
		small[i] = memalloc_malloc(i);
		REQUIRE(small[i] != NULL, "block %zu", i);
		memset(small[i], (int)i, i);
	}
	ck_assert_ptr_null(ma_thread.heap);
	ck_assert_int_eq(memalloc_check(), 0);
	fake_os_refuse(FAKE_MAP, false);
	for (size_t i = 0; i < 1000; i++) {
		memalloc_free(small[i]);
	}
	/* With memory the thread has a heap of its own again. */
	memalloc_free(memalloc_malloc(1));
	ck_assert_ptr_nonnull(ma_thread.heap);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(others_may_move_the_break_at_any_time)
{
	for (int round = 0; round < 40; round++) {
		run((uint64_t)_i * 40 + (uint64_t)round + 1, 50);
		fake_os_foreign_break(round % 2 ? 8 : 100000);
	}
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

START_TEST(each_source_of_memory_serves_alone)
{
	ma_options.os = _i;
	run((uint64_t)_i + 1, 2000);
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

START_TEST(small_thresholds_change_nothing)
{
	ma_options.huge_threshold = MIB;
	ma_options.huge_max = _i == 0 ? 0 : 3;
	ma_options.trim_threshold = 0;
	ma_options.decay = 0;
	ma_options.top_pad = (size_t)_i * MIB;
	run((uint64_t)_i + 1, 2000);
	ck_assert_uint_eq(refusals, 0);
	free_all();
}
END_TEST

START_TEST(a_large_block_grows_into_what_was_cached)
{
	void *p = memalloc_malloc(100 * KIB), *cached[8], *q;

	for (size_t i = 0; i < ARRAY_LENGTH(cached); i++) {
		cached[i] = memalloc_malloc(MA_SMALL_MAX);
	}
	/* Their span stays with the bin. */
	for (size_t i = 0; i < ARRAY_LENGTH(cached); i++) {
		memalloc_free(cached[i]);
	}
	for (int call = 0; call < FAKE_CALLS; call++) {
		fake_os_refuse((enum fake_call)call, true);
	}
	while (ma_arena_take_large(1, 1, false) != NULL) {
	}
	q = memalloc_realloc(p, 4 * MA_SLICE_SIZE);
	ck_assert_ptr_nonnull(q);
	memalloc_free(q);
}
END_TEST

START_TEST(a_warm_path_calls_no_system)
{
	static void *block[2000];
	unsigned calls = 0;

	for (int round = 0; round < 20; round++) {
		calls = fake_os_count_all();
		for (int i = 0; i < 2000; i++) {
			block[i] = memalloc_malloc((size_t)i % 700);
		}
		for (int i = 0; i < 2000; i++) {
			memalloc_free(block[i]);
		}
	}
	ck_assert_uint_eq(fake_os_count_all(), calls);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("malloc");
	TCase *tcase = add_case(suite, "scripted system", 120);

	tcase_add_loop_test(tcase, nothing_is_refused_on_a_willing_system, 0,
	                    2);
	tcase_add_loop_test(tcase, each_call_may_be_refused_once, 0,
	                    FAKE_CALLS * KTH);
	tcase_add_loop_test(tcase, each_kind_of_call_may_be_refused_for_good,
	                    0, FAKE_CALLS);
	tcase_add_loop_test(tcase, a_kind_of_call_may_be_refused_after_a_while,
	                    0, FAKE_CALLS);
	tcase_add_test(tcase, all_calls_may_be_refused_for_a_while);
	tcase_add_test(tcase, without_any_memory_every_call_is_refused);
	tcase_add_test(tcase, where_no_heap_can_be_made_what_is_free_serves);
	tcase_add_loop_test(tcase, others_may_move_the_break_at_any_time, 0,
	                    2);
	tcase_add_loop_test(tcase, each_source_of_memory_serves_alone, 0, 3);
	tcase_add_loop_test(tcase, small_thresholds_change_nothing, 0, 3);
	tcase_add_test(tcase, a_large_block_grows_into_what_was_cached);
	tcase_add_test(tcase, a_warm_path_calls_no_system);
	return run_suite(suite);
}
