/* SPDX-License-Identifier: MIT */
/*
 * api_option.c - the options of MEMALLOC_CONF, and glibc's variables.
 *
 * Each test runs this program again in a role, under the option.  The role
 * prints what it saw; the test judges it, with the option and without.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include "child.h"
#include "names.h"
#include "util.h"

/* --- Roles -------------------------------------------------------------- */

static int
play_nothing(void)
{
	free(opaque(malloc(100)));
	return memalloc_last_error() == MEMALLOC_OK ? 0 : 3;
}

/* Whether realloc(p, 0) gave a block; how the number of blocks changed. */
static int
play_zero_realloc(void)
{
	void *p = malloc(100);
	long blocks = (long)live_blocks();
	void *q = realloc(opaque(p), opaque_size(0));

	printf("%s %ld", q == NULL ? "null" : "block",
	       (long)live_blocks() - blocks);
	free(q);
	return 0;
}

/* MiB from the break and from mappings, by blocks of 1 KiB, 5 and 40 MiB. */
static int
play_sources(void)
{
	struct memalloc_stats stats;

	for (int i = 0; i < 5000; i++) {
		opaque(malloc(1024));
	}
	memset(opaque(malloc(5 * MIB)), 1, 5 * MIB);
	memset(opaque(malloc(40 * MIB)), 1, 40 * MIB);
	memalloc_stats(&stats, sizeof(stats));
	printf("%zu %zu", stats.from_break / MIB, stats.from_map / MIB);
	return memalloc_check();
}

/* A byte of a new block, of a calloc, of a freed one; "mixed" if unlike. */
static void
print_byte(const unsigned char *p, size_t size)
{
	if (is_filled(p, size, p[0])) {
		printf("%u ", p[0]);
	} else {
		printf("mixed ");
	}
}

static int
play_perturb(void)
{
	unsigned char *p, *q;

	setvbuf(stdout, NULL, _IONBF, 0);
	free(opaque(malloc(500)));
	p = malloc(500);
	print_byte(opaque(p), 500);
	q = calloc(5, 100);
	print_byte(opaque(q), 500);
	free(opaque(q));
	memset(opaque(p), 0x33, 500);
	free(opaque(p));
	print_byte(p + 16, 400);
	return 0;
}

/* Damage a free block, then allocate other sizes only. */
static int
play_damage(void)
{
	uintptr_t *block[10];

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = malloc(200);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		free(opaque(block[i]));
	}
	block[5][0] = block[5][1] = LETTERS;
	for (int i = 0; i < 1000; i++) {
		free(opaque(malloc(1000)));
	}
	_exit(0);
}

/* The numbers of mappings that blocks of 2, 40 and 40 MiB brought. */
static int
play_mappings(void)
{
	size_t before = mallinfo2().hblks;

	opaque(malloc(2 * MIB));
	printf("%zu ", mallinfo2().hblks - before);
	memset(opaque(malloc(40 * MIB)), 1, 40 * MIB);
	printf("%zu ", mallinfo2().hblks - before);
	memset(opaque(malloc(40 * MIB)), 1, 40 * MIB);
	printf("%zu", mallinfo2().hblks - before);
	return memalloc_check();
}

/* By how many MiB the break falls when 8 MiB at its top are freed. */
static int
play_trim(void)
{
	void *p = malloc(8 * MIB);
	char *before;

	memset(opaque(p), 1, 8 * MIB);
	before = sbrk(0);
	free(opaque(p));
	printf("%zu", (size_t)(before - (char *)sbrk(0)) / MIB);
	return memalloc_check();
}

/* MiB from the break in a program that needs next to none. */
static int
play_top(void)
{
	struct memalloc_stats stats;

	free(opaque(malloc(100)));
	memalloc_stats(&stats, sizeof(stats));
	printf("%zu", stats.from_break / MIB);
	return memalloc_check();
}

/* Dirty MiB 150 ms and 50 calls after 20 MiB were freed. */
static int
play_decay(void)
{
	struct memalloc_stats stats;
	void *p = malloc(20 * MIB);

	memset(opaque(p), 1, 20 * MIB);
	free(opaque(p));
	/* What is taken meanwhile is cut from that very span. */
	for (int i = 0; i < 50; i++) {
		usleep(3000);
		free(opaque(malloc(100000)));
	}
	memalloc_stats(&stats, sizeof(stats));
	printf("%zu", stats.dirty / MIB);
	return memalloc_check();
}

/* Mappings that may have huge pages, beside 40 MiB of small blocks. */
static int
play_huge_pages(void)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	char line[256];
	int count = 0;

	if (maps == NULL || access("/sys/kernel/mm/transparent_hugepage/"
	                           "enabled", R_OK) != 0) {
		printf("none here");
		return 0;
	}
	for (size_t i = 0; i < 40 * MIB / 1000; i++) {
		opaque(malloc(1000));
	}
	while (fgets(line, sizeof(line), maps) != NULL) {
		count += strncmp(line, "VmFlags:", 8) == 0 &&
		         strstr(line, " hg") != NULL;
	}
	printf("%d", count);
	return memalloc_check();
}

static const struct role roles[] = {
	{ "nothing", play_nothing },
	{ "zero_realloc", play_zero_realloc },
	{ "sources", play_sources },
	{ "perturb", play_perturb },
	{ "damage", play_damage },
	{ "mappings", play_mappings },
	{ "trim", play_trim },
	{ "top", play_top },
	{ "decay", play_decay },
	{ "huge_pages", play_huge_pages },
};

/* That of qemu-user ends at the first mapping, which may be near. */
#define BREAK_HAS_ROOM (!is_emulated())

/* --- Harness ------------------------------------------------------------ */

static struct child child;

/* Run ROLE under VARIABLE; it must exit with 0 and be silent on stderr. */
static const char *
play(const char *role, const char *variable)
{
	child_run_self(&child, role, variable);
	ck_assert_msg(child_exit_status(&child) == 0, "%s under %s: %x, %s",
	              role, variable, child.status, child.error);
	ck_assert_msg(child.error[0] == '\0', "%s: %s", variable,
	              child.error);
	return child.output;
}

/* Run play_nothing under ITEM, which is wrong: one line names it. */
static void
expect_skipped(const char *item)
{
	char variable[100];

	snprintf(variable, sizeof(variable), "MEMALLOC_CONF=%s", item);
	child_run_self(&child, "nothing", variable);
	ck_assert_msg(WIFEXITED(child.status), "%s", item);
	ck_assert_msg(count_lines(child.error) == 1, "%s: %s", item,
	              child.error);
	ck_assert_msg(strstr(child.error, item) != NULL, "%s: %s", item,
	              child.error);
	ck_assert_msg(strstr(child.error, "MEMALLOC_CONF") != NULL, "%s: %s",
	              item, child.error);
}

static size_t
play_number(const char *role, const char *variable)
{
	return strtoull(play(role, variable), NULL, 10);
}

/* --- What is not understood --------------------------------------------- */

START_TEST(without_options_nothing_is_printed)
{
	play("nothing", NULL);
	play("nothing", "MEMALLOC_CONF=");
	play("nothing", "MEMALLOC_CONF=,,");
}
END_TEST

START_TEST(an_unknown_name_gets_one_line_and_is_skipped)
{
	static const char *const wrong[] = {
		"bogus:1", "bogus", "report2:1", "repor:1", "REPORT:1",
		"huge_threshold_:1M", ":1", ":",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		expect_skipped(wrong[i]);
	}
}
END_TEST

START_TEST(a_value_not_understood_gets_one_line_and_is_skipped)
{
	static const char *const wrong[] = {
		"report:2", "report:maybe", "report:", "report",
		"zero_realloc:never", "os:disk", "deepbind:off", "thp_from:big",
		"misuse:warn",
		"perturb:256", "perturb:-1",
		"perturb:1x", "check_every:x", "check_every:1K",
		"huge_threshold:1", "huge_threshold:1T",
		"huge_threshold:99999999999999999999", "huge_max:-1",
		"trim_threshold:K", "top_pad:2G",
		"top_pad:18446744073709551615K",
		"decay:1s", "decay:", "decay:0x",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		expect_skipped(wrong[i]);
	}
}
END_TEST

START_TEST(what_stands_beside_a_wrong_item_is_taken)
{
	child_run_self(&child, "zero_realloc",
	               "MEMALLOC_CONF=bogus:1,zero_realloc:alloc,decay:never,"
	               ",other");
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_int_eq(count_lines(child.error), 3);
	ck_assert_ptr_nonnull(strstr(child.error, "bogus:1"));
	ck_assert_ptr_nonnull(strstr(child.error, "decay:never"));
	ck_assert_ptr_nonnull(strstr(child.error, "other"));
	ck_assert_str_eq(child.output, "block 0");
}
END_TEST

START_TEST(a_long_wrong_item_does_no_harm)
{
	char variable[20000] = "MEMALLOC_CONF=";

	memset(variable + strlen(variable), 'x', 19000);
	child_run_self(&child, "nothing", variable);
	ck_assert(WIFEXITED(child.status));
	ck_assert_int_eq(count_lines(child.error), 1);
}
END_TEST

START_TEST(the_last_of_two_values_counts)
{
	ck_assert_str_eq(play("zero_realloc", "MEMALLOC_CONF="
	                      "zero_realloc:abort,zero_realloc:alloc"),
	                 "block 0");
}
END_TEST

/* --- Every option ------------------------------------------------------- */

static const struct {
	const char *name;
	unsigned long long least, most;
} limits[] = {
#define MA_OPTION(name, kind, initial, least, most, help) \
	{ #name, least, most },
#include "../../src/option_list.h"
#undef MA_OPTION
};

START_TEST(every_option_takes_its_least_and_its_most)
{
	static const char *const words[] = { "zero_realloc", "os",
		                             "deepbind", "misuse" };
	unsigned long long value[2] = { limits[_i].least, limits[_i].most };

	for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
		if (strcmp(limits[_i].name, words[i]) == 0) {
			return; /* Words have tests of their own. */
		}
	}
	for (int i = 0; i < 2; i++) {
		char variable[100];

		snprintf(variable, sizeof(variable), "MEMALLOC_CONF=%s:%llu",
		         limits[_i].name, value[i]);
		child_run_self(&child, "nothing", variable);
		ck_assert_msg(child_exit_status(&child) == 0, "%s: %x: %s",
		              variable, child.status, child.error);
		ck_assert_msg(strstr(child.error, "MEMALLOC_CONF") == NULL,
		              "%s", child.error);
	}
}
END_TEST

START_TEST(report_prints_one_line_at_exit)
{
	static const char *const yes[] = { "1", "yes", "on", "true" };
	static const char *const no[] = { "0", "no", "off", "false" };

	for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
		char variable[100];

		snprintf(variable, sizeof(variable), "MEMALLOC_CONF=report:%s",
		         yes[i]);
		child_run_self(&child, "nothing", variable);
		ck_assert_int_eq(child_exit_status(&child), 0);
		ck_assert_msg(count_lines(child.error) == 1, "%s",
		              child.error);
		ck_assert_msg(strstr(child.error, "peak") != NULL, "%s",
		              child.error);
		ck_assert_msg(strpbrk(child.error, "123456789") != NULL, "%s",
		              child.error);
		ck_assert_str_eq(child.output, "");
		snprintf(variable, sizeof(variable), "MEMALLOC_CONF=report:%s",
		         no[i]);
		play("nothing", variable);
	}
}
END_TEST

START_TEST(zero_realloc_frees_allocates_or_aborts)
{
	ck_assert_str_eq(play("zero_realloc", NULL), "null -1");
	ck_assert_str_eq(play("zero_realloc",
	                      "MEMALLOC_CONF=zero_realloc:free"), "null -1");
	ck_assert_str_eq(play("zero_realloc",
	                      "MEMALLOC_CONF=zero_realloc:alloc"), "block 0");
	child_run_self(&child, "zero_realloc",
	               "MEMALLOC_CONF=zero_realloc:abort");
	ck_assert_int_eq(child_signal(&child), SIGABRT);
	ck_assert_int_eq(count_lines(child.error), 1);
	ck_assert_ptr_nonnull(strstr(child.error, "realloc(): 0x"));
}
END_TEST

/* The numbers that play_sources printed. */
static void
sources(const char *variable, size_t *from_break, size_t *from_map)
{
	ck_assert_int_eq(sscanf(play("sources", variable), "%zu %zu",
	                        from_break, from_map), 2);
}

START_TEST(os_says_where_memory_comes_from)
{
	size_t from_break, from_map;

	sources(NULL, &from_break, &from_map);
	ck_assert_uint_ge(from_break, 9);
	ck_assert_uint_ge(from_map, 40);
	sources("MEMALLOC_CONF=os:both", &from_break, &from_map);
	ck_assert_uint_ge(from_break, 9);
	ck_assert_uint_ge(from_map, 40);
	if (BREAK_HAS_ROOM) {
		sources("MEMALLOC_CONF=os:brk", &from_break, &from_map);
		ck_assert_uint_ge(from_break, 49);
		ck_assert_uint_eq(from_map, 0);
	}
	sources("MEMALLOC_CONF=os:map", &from_break, &from_map);
	ck_assert_uint_eq(from_break, 0);
	ck_assert_uint_ge(from_map, 49);
}
END_TEST

START_TEST(perturb_fills_new_and_freed_blocks)
{
	ck_assert_str_eq(play("perturb", "MEMALLOC_CONF=perturb:90"),
	                 "165 0 90 ");
	ck_assert_str_eq(play("perturb", "MEMALLOC_CONF=perturb:255"),
	                 "0 0 255 ");
	ck_assert_str_eq(play("perturb", "MEMALLOC_CONF=perturb:0x1"),
	                 "254 0 1 ");
	/* Off: what the program wrote still stands in the freed block. */
	play("perturb", "MEMALLOC_CONF=perturb:0");
	ck_assert_ptr_nonnull(strstr(child.output, " 51 "));
}
END_TEST

START_TEST(check_every_finds_damage_that_nobody_touches)
{
	play("damage", NULL);
	child_run_self(&child, "damage", "MEMALLOC_CONF=check_every:100");
	ck_assert_int_eq(child_signal(&child), SIGABRT);
	ck_assert_int_ge(count_lines(child.error), 1);
	/* Not reached within so many calls. */
	play("damage", "MEMALLOC_CONF=check_every:1000000");
	play("nothing", "MEMALLOC_CONF=check_every:1");
}
END_TEST

START_TEST(huge_threshold_and_huge_max_say_what_is_mapped)
{
	ck_assert_str_eq(play("mappings", NULL), "0 1 2");
	ck_assert_str_eq(play("mappings", "MEMALLOC_CONF=huge_threshold:1M"),
	                 "1 2 3");
	ck_assert_str_eq(play("mappings", "MEMALLOC_CONF=huge_threshold:64m"),
	                 "0 0 0");
	ck_assert_str_eq(play("mappings", "MEMALLOC_CONF=huge_max:0"),
	                 "0 0 0");
	ck_assert_str_eq(play("mappings", "MEMALLOC_CONF=huge_max:1"),
	                 "0 1 1");
	ck_assert_str_eq(play("mappings", "MEMALLOC_CONF="
	                      "huge_threshold:1048576,huge_max:2"), "1 2 2");
}
END_TEST

START_TEST(trim_threshold_says_when_the_break_falls)
{
	ck_assert_uint_eq(play_number("trim", NULL), 0);
	ck_assert_uint_ge(play_number("trim",
	                              "MEMALLOC_CONF=trim_threshold:1M"), 6);
	ck_assert_uint_ge(play_number("trim",
	                              "MEMALLOC_CONF=trim_threshold:0"), 6);
	ck_assert_uint_eq(play_number("trim",
	                              "MEMALLOC_CONF=trim_threshold:1G"), 0);
}
END_TEST

START_TEST(top_pad_raises_the_break_further_and_is_kept)
{
	ck_assert_uint_lt(play_number("top", NULL), 4);
	if (BREAK_HAS_ROOM) {
		ck_assert_uint_ge(play_number("top", "MEMALLOC_CONF=top_pad:"
		                              "64M"), 64);
	}
	/* The 8 MiB come from the pad, and stay as a part of it. */
	ck_assert_uint_le(play_number("trim", "MEMALLOC_CONF=top_pad:20M,"
	                              "trim_threshold:0"), 1);
}
END_TEST

START_TEST(decay_says_how_soon_pages_are_given_back)
{
	/* By default only a part of it has gone by then. */
	ck_assert_uint_ge(play_number("decay", NULL), 5);
	ck_assert_uint_ge(play_number("decay", "MEMALLOC_CONF=decay:100000"),
	                  15);
	ck_assert_uint_lt(play_number("decay", "MEMALLOC_CONF=decay:0"), 2);
	ck_assert_uint_lt(play_number("decay", "MEMALLOC_CONF=decay:10"), 2);
}
END_TEST

START_TEST(thp_from_says_when_small_blocks_get_huge_pages)
{
	if (is_emulated() ||
	    strcmp(play("huge_pages", NULL), "none here") == 0) {
		return;
	}
	ck_assert_str_eq(play("huge_pages", NULL), "0");
	ck_assert_str_eq(play("huge_pages", "MEMALLOC_CONF=thp_from:8M"), "1");
	ck_assert_str_eq(play("huge_pages",
	                      "MEMALLOC_CONF=thp_from:8M,thp:0"), "0");
}
END_TEST

/* --- glibc's variables -------------------------------------------------- */

START_TEST(variables_of_glibc_act)
{
	ck_assert_str_eq(play("perturb", "MALLOC_PERTURB_=90"), "165 0 90 ");
	ck_assert_uint_ge(play_number("trim",
	                              "MALLOC_TRIM_THRESHOLD_=1000000"), 6);
	ck_assert(!BREAK_HAS_ROOM ||
	          play_number("top", "MALLOC_TOP_PAD_=64000000") >= 61);
	ck_assert_str_eq(play("mappings", "MALLOC_MMAP_THRESHOLD_=1048576"),
	                 "1 2 3");
	ck_assert_str_eq(play("mappings", "MALLOC_MMAP_MAX_=0"), "0 0 0");
}
END_TEST

START_TEST(tunables_of_glibc_act)
{
	ck_assert_str_eq(play("perturb", "GLIBC_TUNABLES="
	                      "glibc.malloc.arena_max=1:"
	                      "glibc.malloc.perturb=90"), "165 0 90 ");
	ck_assert_str_eq(play("mappings", "GLIBC_TUNABLES="
	                      "glibc.malloc.mmap_max=0"), "0 0 0");
}
END_TEST

START_TEST(foreign_variables_never_warn)
{
	static const char *const variables[] = {
		"MALLOC_ARENA_MAX=2", "MALLOC_ARENA_TEST=1", "MALLOC_CHECK_=3",
		"MALLOC_PERTURB_=hello", "MALLOC_MMAP_THRESHOLD_=",
		"MALLOC_MMAP_THRESHOLD_=5", "MALLOC_TRIM_THRESHOLD_=-1",
		"MALLOC_TOP_PAD_=99999999999999999999", "MALLOC_CONF=a:b",
		"MALLOC_OPTIONS=S", "MEMALLOC_CONFIG=x", "MEMALLOC=x",
		"GLIBC_TUNABLES=glibc.malloc.tcache_count=5:x=y:::",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(variables); i++) {
		play("nothing", variables[i]);
	}
}
END_TEST

START_TEST(own_options_win_over_glibcs)
{
	const char *const both[] = { "MALLOC_PERTURB_=90",
	                             "MEMALLOC_CONF=perturb:3", NULL };

	child_run(&child, "/proc/self/exe", "perturb", both);
	ck_assert_str_eq(child.output, "252 0 3 ");
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("option");
	TCase *tcase = add_case(suite, "parsing", 60);
	int status;

	if (child_play(argc, argv, roles, ARRAY_LENGTH(roles), &status)) {
		return status;
	}
	tcase_add_test(tcase, without_options_nothing_is_printed);
	tcase_add_test(tcase, an_unknown_name_gets_one_line_and_is_skipped);
	tcase_add_test(tcase,
	               a_value_not_understood_gets_one_line_and_is_skipped);
	tcase_add_test(tcase, what_stands_beside_a_wrong_item_is_taken);
	tcase_add_test(tcase, a_long_wrong_item_does_no_harm);
	tcase_add_test(tcase, the_last_of_two_values_counts);
	tcase = add_case(suite, "options", 60);
	tcase_add_loop_test(tcase, every_option_takes_its_least_and_its_most,
	                    0, ARRAY_LENGTH(limits));
	tcase_add_test(tcase, report_prints_one_line_at_exit);
	tcase_add_test(tcase, zero_realloc_frees_allocates_or_aborts);
	tcase_add_test(tcase, os_says_where_memory_comes_from);
	tcase_add_test(tcase, perturb_fills_new_and_freed_blocks);
	tcase_add_test(tcase, check_every_finds_damage_that_nobody_touches);
	tcase_add_test(tcase, huge_threshold_and_huge_max_say_what_is_mapped);
	tcase_add_test(tcase, trim_threshold_says_when_the_break_falls);
	tcase_add_test(tcase, top_pad_raises_the_break_further_and_is_kept);
	tcase_add_test(tcase, decay_says_how_soon_pages_are_given_back);
	tcase_add_test(tcase, thp_from_says_when_small_blocks_get_huge_pages);
	tcase = add_case(suite, "glibc", 60);
	tcase_add_test(tcase, variables_of_glibc_act);
	tcase_add_test(tcase, tunables_of_glibc_act);
	tcase_add_test(tcase, foreign_variables_never_warn);
	tcase_add_test(tcase, own_options_win_over_glibcs);
	return run_suite(suite);
}
