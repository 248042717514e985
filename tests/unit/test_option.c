/* SPDX-License-Identifier: MIT */
/*
 * test_option.c - reading the options.
 */
#include "base.h"

#include "error.h"
#include "fake_os.h"
#include "option.h"
#include "util.h"

/* Read one variable. */
static void
read_one(const char *variable)
{
	char *const environment[] = { (char *)variable, NULL };

	ma_option_read(environment);
}

START_TEST(initial_values_are_those_of_the_list)
{
#define MA_OPTION(name, kind, initial, least, most, help) \
	ck_assert_uint_eq(ma_options.name, initial);
#include "option_list.h"
#undef MA_OPTION
}
END_TEST

START_TEST(sizes_take_suffixes_and_bases)
{
	static const struct {
		const char *text;
		size_t value;
	} row[] = {
		{ "top_pad:0", 0 }, { "top_pad:5", 5 },
		{ "top_pad:4096", 4096 }, { "top_pad:1k", KIB },
		{ "top_pad:3K", 3 * KIB }, { "top_pad:7m", 7 * MIB },
		{ "top_pad:9M", 9 * MIB }, { "top_pad:1g", GIB },
		{ "top_pad:1G", GIB }, { "top_pad:0x10", 16 },
		{ "top_pad:0X1fK", 31 * KIB }, { "top_pad:010", 8 },
		{ "top_pad:007", 7 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		ck_assert_msg(ma_option_parse(row[i].text), "%s",
		              row[i].text);
		ck_assert_msg(ma_options.top_pad == row[i].value, "%s",
		              row[i].text);
	}
	ck_assert_str_eq(fake_os_text(), "");
}
END_TEST

START_TEST(what_is_not_a_number_is_skipped)
{
	static const char *const wrong[] = {
		"top_pad:", "top_pad", "top_pad:x", "top_pad:-1", "top_pad:+1",
		"top_pad: 1", "top_pad:1 ", "top_pad:1KK", "top_pad:1.5M",
		"top_pad:08", "top_pad:0x", "top_pad:0xg", "top_pad:K",
		"top_pad:99999999999999999999", "top_pad:18446744073709551615",
		"top_pad:18446744073709551616", "top_pad:17179869184G",
		"top_pad:36893488147419103232K", "decay:1K",
		"perturb:256", "huge_threshold:65535",
	};
	struct ma_options before = ma_options;

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		ck_assert_msg(!ma_option_parse(wrong[i]), "%s", wrong[i]);
		ck_assert_mem_eq(&before, &ma_options, sizeof(before));
		ck_assert_msg(strstr(fake_os_text(), wrong[i]) != NULL, "%s",
		              wrong[i]);
		ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_OPTION);
	}
}
END_TEST

START_TEST(booleans_and_words_have_their_values)
{
	ck_assert(ma_option_parse("report:yes"));
	ck_assert_uint_eq(ma_options.report, 1);
	ck_assert(ma_option_parse("report:off"));
	ck_assert_uint_eq(ma_options.report, 0);
	ck_assert(ma_option_parse("os:map,zero_realloc:abort"));
	ck_assert_uint_eq(ma_options.os, MA_OS_MAP);
	ck_assert_uint_eq(ma_options.zero_realloc, MA_ZERO_REALLOC_ABORT);
	ck_assert(ma_option_parse("os:brk,zero_realloc:alloc"));
	ck_assert_uint_eq(ma_options.os, MA_OS_BRK);
	ck_assert_uint_eq(ma_options.zero_realloc, MA_ZERO_REALLOC_ALLOC);
	ck_assert(!ma_option_parse("os:alloc"));
	ck_assert(!ma_option_parse("os:m"));
	ck_assert(!ma_option_parse("os:mapp"));
	ck_assert(!ma_option_parse("report:YES"));
}
END_TEST

START_TEST(one_wrong_item_does_not_stop_the_rest)
{
	ck_assert(!ma_option_parse("decay:5,nonsense,top_pad:4K,:,perturb:7"));
	ck_assert_uint_eq(ma_options.decay, 5);
	ck_assert_uint_eq(ma_options.top_pad, 4 * KIB);
	ck_assert_uint_eq(ma_options.perturb, 7);
	ck_assert_str_eq(fake_os_text(),
	                 "program: memalloc: MEMALLOC_CONF: \"nonsense\" "
	                 "skipped: no such option\n"
	                 "program: memalloc: MEMALLOC_CONF: \":\" "
	                 "skipped: no such option\n");
}
END_TEST

START_TEST(empty_items_are_nothing)
{
	ck_assert(ma_option_parse(""));
	ck_assert(ma_option_parse(",,,"));
	ck_assert(ma_option_parse(",decay:3,"));
	ck_assert_uint_eq(ma_options.decay, 3);
	ck_assert_str_eq(fake_os_text(), "");
}
END_TEST

START_TEST(long_items_are_cut_in_the_warning)
{
	char text[5000];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert(!ma_option_parse(text));
	ck_assert_uint_lt(strlen(fake_os_text()), 300);
}
END_TEST

START_TEST(the_environment_is_searched_for_whole_names)
{
	read_one("MEMALLOC_CONFIG=decay:1");
	read_one("XMEMALLOC_CONF=decay:1");
	read_one("MEMALLOC_CONF");
	ck_assert_uint_eq(ma_options.decay, 1000);
	read_one("MEMALLOC_CONF=decay:1");
	ck_assert_uint_eq(ma_options.decay, 1);
}
END_TEST

START_TEST(a_secure_process_reads_nothing)
{
	fake_os_secure = true;
	read_one("MEMALLOC_CONF=decay:1,nonsense");
	read_one("MALLOC_PERTURB_=9");
	read_one("GLIBC_TUNABLES=glibc.malloc.perturb=9");
	ck_assert_uint_eq(ma_options.decay, 1000);
	ck_assert_uint_eq(ma_options.perturb, 0);
	ck_assert_str_eq(fake_os_text(), "");
}
END_TEST

START_TEST(glibcs_variables_are_taken_as_far_as_the_range_goes)
{
	read_one("MALLOC_MMAP_THRESHOLD_=5000000");
	ck_assert_uint_eq(ma_options.huge_threshold, 5000000);
	read_one("MALLOC_MMAP_THRESHOLD_=1");
	ck_assert_uint_eq(ma_options.huge_threshold, 65536);
	read_one("MALLOC_MMAP_MAX_=7");
	ck_assert_uint_eq(ma_options.huge_max, 7);
	read_one("MALLOC_TRIM_THRESHOLD_=-1");
	ck_assert_uint_eq(ma_options.trim_threshold, SIZE_MAX);
	read_one("MALLOC_TOP_PAD_=131072");
	ck_assert_uint_eq(ma_options.top_pad, 131072);
	read_one("MALLOC_PERTURB_=200");
	ck_assert_uint_eq(ma_options.perturb, 200);
	read_one("MALLOC_PERTURB_=x");
	read_one("MALLOC_PERTURB_=");
	read_one("MALLOC_ARENA_MAX=1");
	ck_assert_uint_eq(ma_options.perturb, 200);
	ck_assert_str_eq(fake_os_text(), "");
}
END_TEST

START_TEST(tunables_are_read_between_colons)
{
	read_one("GLIBC_TUNABLES=a=b:glibc.malloc.perturb=11:::x:"
	         "glibc.malloc.mmap_max=0:glibc.malloc.tcache_count=9");
	ck_assert_uint_eq(ma_options.perturb, 11);
	ck_assert_uint_eq(ma_options.huge_max, 0);
	ck_assert_str_eq(fake_os_text(), "");
}
END_TEST

START_TEST(own_options_win_in_either_order)
{
	char *const first[] = { "MEMALLOC_CONF=perturb:1",
	                        "MALLOC_PERTURB_=2", NULL };
	char *const last[] = { "MALLOC_PERTURB_=2",
	                       "MEMALLOC_CONF=perturb:1", NULL };

	ma_option_read(first);
	ck_assert_uint_eq(ma_options.perturb, 1);
	ma_options.perturb = 0;
	ma_option_read(last);
	ck_assert_uint_eq(ma_options.perturb, 1);
}
END_TEST

START_TEST(three_options_ask_for_each_call)
{
	ck_assert(!ma_option_each_call());
	ma_options.report = 1;
	ck_assert(ma_option_each_call());
	ma_options.report = 0;
	ma_options.perturb = 1;
	ck_assert(ma_option_each_call());
	ma_options.perturb = 0;
	ma_options.check_every = 1;
	ck_assert(ma_option_each_call());
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("option");
	TCase *tcase = add_case(suite, "option", 60);

	tcase_add_test(tcase, initial_values_are_those_of_the_list);
	tcase_add_test(tcase, sizes_take_suffixes_and_bases);
	tcase_add_test(tcase, what_is_not_a_number_is_skipped);
	tcase_add_test(tcase, booleans_and_words_have_their_values);
	tcase_add_test(tcase, one_wrong_item_does_not_stop_the_rest);
	tcase_add_test(tcase, empty_items_are_nothing);
	tcase_add_test(tcase, long_items_are_cut_in_the_warning);
	tcase_add_test(tcase, the_environment_is_searched_for_whole_names);
	tcase_add_test(tcase, a_secure_process_reads_nothing);
	tcase_add_test(tcase,
	          glibcs_variables_are_taken_as_far_as_the_range_goes);
	tcase_add_test(tcase, tunables_are_read_between_colons);
	tcase_add_test(tcase, own_options_win_in_either_order);
	tcase_add_test(tcase, three_options_ask_for_each_call);
	return run_suite(suite);
}
