/* SPDX-License-Identifier: MIT */
/*
 * test_maker.c - who made a block, and who may take it.
 */
#include "base.h"

#include <signal.h>

#include "fake_os.h"
#include "maker.h"
#include "pagemap.h"
#include "target.h"
#include "util.h"

#define SLICE ((uintptr_t)1000 << MA_SLICE_SHIFT)

static const struct ma_target target = { .c = 0, .size = 16 };

/* The place for block number N. */
static void *
place(size_t n)
{
	ck_assert(ma_pagemap_cover(SLICE, 1));
	return (void *)(SLICE + n * MA_ALIGNMENT);
}

static void
inspect(size_t n, const char *function)
{
	ma_maker_knows_new = true;
	ma_maker_inspect(&target, place(n), function);
}

START_TEST(what_was_never_noted_may_be_taken_by_all)
{
	inspect(0, "free");
	inspect(0, "operator delete");
	inspect(0, "operator delete[]");
}
END_TEST

START_TEST(neighbours_have_makers_of_their_own)
{
	ma_maker_note(place(1), "operator new");
	ma_maker_note(place(0), "calloc");
	ma_maker_note(place(2), "operator new[]");
	inspect(0, "free");
	inspect(0, "realloc");
	inspect(1, "operator delete");
	inspect(2, "operator delete[]");
	inspect(3, "free");
}
END_TEST

START_TEST(the_last_maker_counts)
{
	ma_maker_note(place(1), "operator new");
	ma_maker_note(place(1), "aligned_alloc");
	inspect(1, "free_sized");
}
END_TEST

START_TEST(everybody_may_ask_for_the_size)
{
	ma_maker_note(place(1), "operator new[]");
	inspect(1, "malloc_usable_size");
}
END_TEST

START_TEST(another_new_than_ours_makes_no_mismatch)
{
	ma_maker_note(place(1), "malloc");
	ma_maker_knows_new = false;
	ma_maker_inspect(&target, place(1), "operator delete");
}
END_TEST

START_TEST(where_memory_ends_nothing_is_noted)
{
	void *p = place(1);

	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	ma_maker_note(p, "malloc");
	inspect(1, "operator delete");
	fake_os_refuse(FAKE_MAP, false);
	ma_maker_note(p, "malloc");
	ck_assert_ptr_nonnull(ma_pagemap_maker((uintptr_t)p, false));
}
END_TEST

START_TEST(free_does_not_take_what_new_made)
{
	ma_maker_note(place(1), "operator new");
	inspect(1, "free");
}
END_TEST

START_TEST(delete_does_not_take_an_array)
{
	ma_maker_note(place(1), "operator new[]");
	inspect(1, "operator delete");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("maker");
	TCase *tcase = add_case(suite, "maker", 60);

	tcase_add_test(tcase, what_was_never_noted_may_be_taken_by_all);
	tcase_add_test(tcase, neighbours_have_makers_of_their_own);
	tcase_add_test(tcase, the_last_maker_counts);
	tcase_add_test(tcase, everybody_may_ask_for_the_size);
	tcase_add_test(tcase, another_new_than_ours_makes_no_mismatch);
	tcase_add_test(tcase, where_memory_ends_nothing_is_noted);
	tcase_add_test_raise_signal(tcase, free_does_not_take_what_new_made,
	                            SIGABRT);
	tcase_add_test_raise_signal(tcase, delete_does_not_take_an_array,
	                            SIGABRT);
	return run_suite(suite);
}
