/* SPDX-License-Identifier: MIT */
/*
 * test_arena_thp.c - for which memory of the arena huge pages are asked.
 */
#include "base.h"

#include "arena.h"
#include "fake_os.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "util.h"

#define SLICES(n) ((size_t)(n) << MA_SLICE_SHIFT)
#define PAGE MA_OS_HUGE_PAGE
#define SPAN_SLICES 5
#define SPANS(nbytes) ((nbytes) / SLICES(SPAN_SLICES))

static struct ma_span *spans[SPANS(256 * MIB)];
static size_t nspans;
static size_t of_tables;	/* which have none from the start */

static void
grow_to(size_t nbytes)
{
	while (nspans < SPANS(nbytes)) {
		spans[nspans] = ma_arena_take(SPAN_SLICES, 1, 60,
		                              MA_SPAN_SMALL);
		REQUIRE(spans[nspans] != NULL, "%zu", nspans);
		memset((void *)spans[nspans]->base, 1, 64);
		if (nspans++ == 0) {
			of_tables = fake_os_no_huge_pages();
		}
	}
}

/* Bytes of the heap that are to have huge pages no longer. */
static size_t
ended(void)
{
	return fake_os_no_huge_pages() - of_tables;
}

static struct ma_span *
take_large(size_t nbytes)
{
	struct ma_span *span =
		ma_arena_take_large(nbytes >> MA_SLICE_SHIFT, 1, false);

	ck_assert_ptr_nonnull(span);
	return span;
}

/* Bytes of huge pages by the records; and the borders are counted right. */
static size_t
noted(void)
{
	size_t nbytes = 0, borders = 0;
	bool below = false;

	for (uintptr_t page = ma_align_down(ma_pagemap_next(0), PAGE);
	     page <= ma_arena.break_end; page += PAGE) {
		bool huge = ma_arena_has_huge_page(page);

		nbytes += huge ? PAGE : 0;
		borders += huge != below;
		below = huge;
	}
	REQUIRE(borders == ma_arena.huge_borders, "%zu, counted %u", borders,
	        ma_arena.huge_borders);
	return nbytes;
}

static void
set_up(void)
{
	ma_options.thp_from = 16 * MIB;
}

START_TEST(a_small_heap_gets_none)
{
	grow_to(15 * MIB);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
	ck_assert_uint_eq(noted(), 0);
}
END_TEST

START_TEST(a_grown_heap_gets_them_where_it_grows_on)
{
	grow_to(48 * MIB);
	ck_assert_uint_ge(fake_os_huge_pages(), 29 * MIB);
	ck_assert_uint_eq(fake_os_huge_pages(), noted());
	ck_assert_uint_eq(ma_arena.huge_borders, 2);
	/* No more than one is only begun. */
	for (uintptr_t page = ma_align_up(spans[nspans - 1]->base, PAGE) +
	     PAGE; page < ma_arena.break_end; page += PAGE) {
		REQUIRE(!ma_arena_has_huge_page(page), "%zx", page);
	}
}
END_TEST

START_TEST(without_the_option_it_gets_none)
{
	ma_options.thp = 0;
	grow_to(48 * MIB);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
}
END_TEST

START_TEST(large_blocks_alone_get_none)
{
	for (int i = 0; i < 50; i++) {
		take_large(MIB);
	}
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
}
END_TEST

/* A page that a large block shares may be touched nowhere else. */
START_TEST(pages_between_large_blocks_are_not_all_asked_for)
{
	size_t before, fresh;

	grow_to(20 * MIB);
	before = fake_os_huge_pages();
	fresh = nspans;
	for (int i = 0; i < 40; i++) {
		grow_to((nspans + 1) * SLICES(SPAN_SLICES));
		take_large(3 * MIB);
	}
	fresh = (nspans - fresh) * SLICES(SPAN_SLICES);
	ck_assert_uint_le(fake_os_huge_pages() - before, 2 * fresh);
	noted();
}
END_TEST

START_TEST(spans_that_come_and_go_ask_for_no_more)
{
	size_t before;

	grow_to(40 * MIB);
	before = fake_os_huge_pages();
	for (int i = 0; i < 10; i++) {
		while (nspans > SPANS(20 * MIB)) {
			ma_arena_give(spans[--nspans]);
		}
		grow_to(40 * MIB);
	}
	ck_assert_uint_eq(fake_os_huge_pages(), before);
}
END_TEST

START_TEST(what_is_purged_has_them_no_more)
{
	size_t before, kept;

	grow_to(40 * MIB);
	before = noted();
	kept = nspans--;
	while (nspans > SPANS(24 * MIB)) {
		ma_arena_give(spans[--nspans]);
	}
	ck_assert_uint_eq(ended(), 0);
	ma_arena_purge(SIZE_MAX);
	ck_assert_uint_ge(ended(), 14 * MIB);
	ck_assert_uint_eq(noted(), before - ended());
	/* And gets them again, once small spans have grown back. */
	spans[nspans] = spans[kept - 1];
	nspans++;
	grow_to(40 * MIB);
	ck_assert_uint_ge(noted(), before - 2 * PAGE);
}
END_TEST

START_TEST(a_few_purged_slices_end_their_own_only)
{
	size_t before;

	if (!SLICES_ARE_PAGES) {
		return;
	}
	grow_to(40 * MIB);
	before = noted();
	ma_arena_give(spans[SPANS(30 * MIB)]);
	ma_arena_purge(SIZE_MAX);
	ck_assert_uint_le(ended(), 2 * PAGE);
	ck_assert_uint_ge(ended(), PAGE);
	ck_assert_uint_eq(noted(), before - ended());
	ck_assert_uint_eq(ma_arena.huge_borders, 4);
}
END_TEST

START_TEST(a_lowered_break_forgets_them)
{
	size_t before;

	grow_to(40 * MIB);
	before = noted();
	while (nspans > SPANS(24 * MIB)) {
		ma_arena_give(spans[--nspans]);
	}
	ck_assert(ma_arena_trim(0));
	ck_assert_uint_le(noted(), before - 14 * MIB);
	grow_to(40 * MIB);
	ck_assert_uint_ge(noted(), before - 2 * PAGE);
}
END_TEST

START_TEST(where_there_are_many_borders_there_come_no_more)
{
	ma_arena.huge_borders = 1025;
	grow_to(48 * MIB);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena_thp");
	TCase *tcase = add_case(suite, "thp", 60);

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_small_heap_gets_none);
	tcase_add_test(tcase, a_grown_heap_gets_them_where_it_grows_on);
	tcase_add_test(tcase, without_the_option_it_gets_none);
	tcase_add_test(tcase, large_blocks_alone_get_none);
	tcase_add_test(tcase,
	               pages_between_large_blocks_are_not_all_asked_for);
	tcase_add_test(tcase, spans_that_come_and_go_ask_for_no_more);
	tcase_add_test(tcase, what_is_purged_has_them_no_more);
	tcase_add_test(tcase, a_few_purged_slices_end_their_own_only);
	tcase_add_test(tcase, a_lowered_break_forgets_them);
	tcase_add_test(tcase, where_there_are_many_borders_there_come_no_more);
	return run_suite(suite);
}
