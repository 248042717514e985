/* SPDX-License-Identifier: MIT */
/*
 * test_arena_reserve.c - what is kept back for a program that is refused
 * memory: when it is set aside, whom it serves, when it is there again.
 */
#include "base.h"

#include <signal.h>

#include <memalloc.h>

#include "arena.h"
#include "fake_os.h"
#include "look.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "util.h"

#define MOST 200000

static void *blocks[MOST];
static size_t nblocks;

static void
set_up(void)
{
	fake_os_address_limit = SIZE_MAX;
}

/* The system gives nothing more. */
static void
refuse_all(bool all)
{
	fake_os_refuse(FAKE_BREAK_EXTEND, all);
	fake_os_refuse(FAKE_MAP, all);
}

static bool
take(size_t size)
{
	void *p = memalloc_malloc(size);

	if (p == NULL)
		return false;
	memset(p, 1, size < 64 ? size : 64);
	REQUIRE(nblocks < MOST, "%zu", nblocks);
	blocks[nblocks++] = p;
	return true;
}

static void
exhaust(size_t size)
{
	refuse_all(true);
	while (take(size)) {
	}
}

static void
expect_sound(void)
{
	REQUIRE(memalloc_check() == 0, "%s", fake_os_text());
}

START_TEST(a_heap_beyond_1_mib_has_one)
{
	take(100);
	ck_assert_ptr_null(ma_arena.reserve);
	while (nblocks < 1000) {
		take(3000);
	}
	REQUIRE(ma_arena.reserve != NULL, "none");
	REQUIRE(ma_span_bytes(ma_arena.reserve) == 2 * MIB, "%zu",
	        ma_span_bytes(ma_arena.reserve));
	expect_sound();
}
END_TEST

START_TEST(nobody_sees_it_as_a_block)
{
	size_t live;

	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	live = look().live;
	REQUIRE(ma_arena.reserve != NULL, "none");
	REQUIRE(live < 1000 * 3100 + 10000, "%zu", live);
	expect_sound();
}
END_TEST

START_TEST(who_frees_it_is_stopped)
{
	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	memalloc_free((void *)ma_arena.reserve->base);
}
END_TEST

START_TEST(under_a_low_limit_there_is_none)
{
	fake_os_address_limit = 63 * MIB;
	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	ck_assert_ptr_null(ma_arena.reserve);
}
END_TEST

START_TEST(after_a_refusal_it_serves_small_needs)
{
	static const size_t sizes[] = { 16, 100, 1000, 5000, 30000, 64 * KIB };
	size_t size = sizes[_i], got = 0, room = size;

	/* Behind 16 bytes lies a canary as large. */
	if (MA_HARDENED && size == 16) {
		room = 32;
	}
	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	exhaust(128 * KIB);
	while (take(size)) {
		got += room;
	}
	REQUIRE(got >= 1536 * KIB, "%zu of %zu", got, size);
	/* Even so nothing larger is to be had: whole slices count, in the
	   hardened build with a guard. */
	REQUIRE(!take(80 * KIB), "taken");
	expect_sound();
}
END_TEST

START_TEST(a_refusal_comes_before_it_serves)
{
	size_t before;

	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	exhaust(1000);
	before = nblocks;
	REQUIRE(ma_span_bytes(ma_arena.reserve) == 2 * MIB, "used");
	while (take(1000)) {
	}
	REQUIRE(nblocks - before > 1500, "%zu", nblocks - before);
}
END_TEST

START_TEST(it_is_there_again_when_memory_was_freed)
{
	/* So much that 2 MiB in one piece are free even while, in the hardened
	   build, large blocks wait in quarantine. */
	for (size_t i = 0; i < 6000; i++) {
		take(3000);
	}
	for (int round = 0; round < 5; round++) {
		size_t got = 0;

		exhaust(100 * KIB);
		while (take(10000)) {
			got += 10000;
		}
		REQUIRE(got >= 1536 * KIB, "round %d: %zu", round, got);
		while (nblocks > 100) {
			memalloc_free(blocks[--nblocks]);
		}
		REQUIRE(!ma_arena.reserve_is_open, "round %d", round);
		expect_sound();
	}
}
END_TEST

START_TEST(it_has_no_memory_of_its_own)
{
	void *p;

	refuse_huge_pages();
	p = memalloc_malloc(8 * MIB);
	memset(p, 1, 8 * MIB);
	memalloc_free(p);
	for (size_t i = 0; i < 6000; i++) {
		take(3000);
	}
	REQUIRE(ma_arena.reserve != NULL, "none");
	REQUIRE(ma_os_resident(ma_align_up(ma_arena.reserve->base + MIB,
	                                   ma_os_page_size()),
	                       ma_os_page_size()) == 0, "resident");
}
END_TEST

START_TEST(trimming_lowers_the_break_past_it)
{
	for (size_t i = 0; i < 1000; i++) {
		take(3000);
	}
	while (nblocks > 0) {
		memalloc_free(blocks[--nblocks]);
	}
	memalloc_trim(0);
	REQUIRE(ma_arena.from_break < MIB, "%zu", ma_arena.from_break);
	expect_sound();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena_reserve");
	TCase *tcase = add_case(suite, "reserve", 60);

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_heap_beyond_1_mib_has_one);
	tcase_add_test(tcase, nobody_sees_it_as_a_block);
	tcase_add_test_raise_signal(tcase, who_frees_it_is_stopped, SIGABRT);
	tcase_add_test(tcase, under_a_low_limit_there_is_none);
	tcase_add_loop_test(tcase, after_a_refusal_it_serves_small_needs, 0,
	                    6);
	tcase_add_test(tcase, a_refusal_comes_before_it_serves);
	tcase_add_test(tcase, it_is_there_again_when_memory_was_freed);
	tcase_add_test(tcase, it_has_no_memory_of_its_own);
	tcase_add_test(tcase, trimming_lowers_the_break_past_it);
	return run_suite(suite);
}
