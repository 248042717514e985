/* SPDX-License-Identifier: MIT */
/*
 * api_mallinfo.c - the contracts of mallinfo, mallinfo2, malloc_info and
 * malloc_stats.
 */
#include <errno.h>
#include <unistd.h>

#include "child.h"
#include "names.h"
#include "util.h"

/* --- mallinfo2 and mallinfo --------------------------------------------- */

START_TEST(blocks_in_use_move_uordblks)
{
	static void *block[2000];
	struct mallinfo2 before = mallinfo2(), with, after;
	size_t held = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = malloc(1000);
		held += malloc_usable_size(block[i]);
	}
	with = mallinfo2();
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		free(block[i]);
	}
	after = mallinfo2();
	/* Cached blocks count as used, as glibc has it. */
	ck_assert_uint_ge(with.uordblks + 256 * KIB, before.uordblks + held);
	ck_assert_uint_lt(with.uordblks, before.uordblks + held + 256 * KIB);
	ck_assert_uint_ge(after.fordblks + 256 * KIB, with.fordblks + held);
	ck_assert_uint_lt(after.uordblks, before.uordblks + 256 * KIB);
}
END_TEST

START_TEST(arena_is_what_is_in_use_and_what_is_free)
{
	struct mallinfo2 info;

	for (size_t i = 0; i < BORDER_COUNT; i += 2) {
		opaque(malloc(border_sizes[i]));
		free(opaque(malloc(border_sizes[i])));
	}
	info = mallinfo2();
	ck_assert_uint_eq(info.arena, info.uordblks + info.fordblks);
	ck_assert_uint_gt(info.ordblks, 0);
	ck_assert_uint_eq(info.smblks, 0);
	ck_assert_uint_eq(info.fsmblks, 0);
	ck_assert_uint_le(info.keepcost, info.fordblks);
}
END_TEST

START_TEST(blocks_with_their_own_mapping_are_counted_apart)
{
	struct mallinfo2 before = mallinfo2(), with, after;
	void *p = opaque(malloc(40 * MIB));
	void *q = opaque(malloc(50 * MIB));

	with = mallinfo2();
	ck_assert_uint_eq(with.hblks, before.hblks + 2);
	ck_assert_uint_ge(with.hblkhd, before.hblkhd + 90 * MIB);
	ck_assert_uint_lt(with.hblkhd, before.hblkhd + 102 * MIB);
	ck_assert_uint_lt(with.arena, before.arena + 10 * MIB);
	free(p);
	free(q);
	after = mallinfo2();
	ck_assert_uint_eq(after.hblks, before.hblks);
	ck_assert_uint_eq(after.hblkhd, before.hblkhd);
}
END_TEST

START_TEST(keepcost_is_what_a_trim_could_give_back)
{
	void *p = malloc(20 * MIB);

	memset(opaque(p), 1, 20 * MIB);
	free(p);
	ck_assert_uint_ge(mallinfo2().keepcost, 19 * MIB);
	malloc_trim(0);
	ck_assert_uint_lt(mallinfo2().keepcost, 2 * MIB);
}
END_TEST

START_TEST(mallinfo_is_mallinfo2_in_int)
{
	struct mallinfo2 wide;
	struct mallinfo narrow;

	free(opaque(malloc(100000)));
	wide = mallinfo2();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	narrow = mallinfo();
#pragma GCC diagnostic pop
	ck_assert_int_eq(narrow.arena, (int)wide.arena);
	ck_assert_int_eq(narrow.ordblks, (int)wide.ordblks);
	ck_assert_int_eq(narrow.smblks, (int)wide.smblks);
	ck_assert_int_eq(narrow.hblks, (int)wide.hblks);
	ck_assert_int_eq(narrow.hblkhd, (int)wide.hblkhd);
	ck_assert_int_eq(narrow.usmblks, (int)wide.usmblks);
	ck_assert_int_eq(narrow.fsmblks, (int)wide.fsmblks);
	ck_assert_int_eq(narrow.uordblks, (int)wide.uordblks);
	ck_assert_int_eq(narrow.fordblks, (int)wide.fordblks);
	ck_assert_int_eq(narrow.keepcost, (int)wide.keepcost);
}
END_TEST

/* --- malloc_info -------------------------------------------------------- */

/* The text of malloc_info, read through a file. */
static const char *
info_text(void)
{
	static char text[1 << 20];
	FILE *file = tmpfile();
	size_t got;

	ck_assert_ptr_nonnull(file);
	errno = 77;
	ck_assert_int_eq(malloc_info(0, file), 0);
	ck_assert_int_eq(errno, 77);
	rewind(file);
	got = fread(text, 1, sizeof(text) - 1, file);
	text[got] = '\0';
	fclose(file);
	return text;
}

START_TEST(options_other_than_zero_are_einval)
{
	static const int wrong[] = { 1, -1, 2, 1000 };
	char text[200] = "";
	FILE *file = fmemopen(text, sizeof(text), "w");

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		ck_assert_int_eq(malloc_info(wrong[i], file), EINVAL);
	}
	fclose(file);
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
}
END_TEST

/*
 * One tag of the XML at *AT: its name, and whether it opens (1), closes (-1)
 * or does both (0).  What is no tag but blank space fails.
 */
static int
next_tag(const char **at, char *tag, size_t size)
{
	const char *start = *at + strspn(*at, " \t\n");
	const char *end = strchr(start, '>');
	size_t length, quotes = 0;
	int kind = 1;

	REQUIRE(*start == '<' && end != NULL, "at \"%.40s\"", start);
	REQUIRE((size_t)(end - start) < size, "at \"%.40s\"", start);
	for (const char *c = start; c < end; c++) {
		quotes += *c == '"';
		REQUIRE(c == start || *c != '<', "at \"%.40s\"", start);
	}
	REQUIRE(quotes % 2 == 0, "at \"%.40s\"", start);
	if (start[1] == '/') {
		kind = -1;
		start++;
	} else if (end[-1] == '/') {
		kind = 0;
	}
	start++;
	length = strcspn(start, " />");
	memcpy(tag, start, length);
	tag[length] = '\0';
	*at = end + 1 + strspn(end + 1, " \t\n");
	return kind;
}

START_TEST(the_xml_is_well_formed_with_one_root)
{
	const char *at = info_text();
	char stack[16][64], tag[512];
	size_t depth = 0, tags = 0;

	while (*at != '\0') {
		int kind = next_tag(&at, tag, sizeof(tag));

		REQUIRE(depth > 0 || tags == 0, "second root <%s>", tag);
		if (kind > 0) {
			REQUIRE(depth < 16 && strlen(tag) < 64, "<%s>", tag);
			strcpy(stack[depth++], tag);
		} else if (kind < 0) {
			REQUIRE(depth > 0 &&
			        strcmp(stack[depth - 1], tag) == 0,
			        "</%s> closes nothing", tag);
			depth--;
		}
		tags++;
	}
	ck_assert_uint_eq(depth, 0);
	ck_assert_uint_gt(tags, 5);
}
END_TEST

/* Each of TEXTS stands in XML, in this order. */
static void
expect_in_order(const char *xml, const char *const *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *found = strstr(xml, texts[i]);

		REQUIRE(found != NULL, "%s is missing, or misplaced", texts[i]);
		xml = found + strlen(texts[i]);
	}
}

START_TEST(the_xml_has_the_skeleton_of_glibc)
{
	static const char *const skeleton[] = {
		"<malloc version=\"1\">\n",
		"<heap nr=\"0\">\n",
		"<sizes>", "</sizes>",
		"<total type=\"fast\" count=\"0\" size=\"0\"/>",
		"<total type=\"rest\" count=\"",
		"<system type=\"current\" size=\"",
		"<system type=\"max\" size=\"",
		"<aspace type=\"total\" size=\"",
		"<aspace type=\"mprotect\" size=\"",
		"</heap>",
		"<total type=\"fast\" count=\"0\" size=\"0\"/>",
		"<total type=\"rest\" count=\"",
		"<total type=\"mmap\" count=\"",
		"<system type=\"current\" size=\"",
		"<system type=\"max\" size=\"",
		"<aspace type=\"total\" size=\"",
		"<aspace type=\"mprotect\" size=\"",
		"</malloc>\n",
	};
	const char *xml;

	for (int i = 0; i < 100; i++) {
		opaque(malloc(i * 10));
		free(opaque(malloc(i * 20)));
	}
	xml = info_text();
	ck_assert_int_eq(strncmp(xml, "<malloc version=\"1\">", 20), 0);
	expect_in_order(xml, skeleton, ARRAY_LENGTH(skeleton));
}
END_TEST

/* The number of ATTRIBUTE in the last element of XML that starts by TAG. */
static size_t
last_number(const char *xml, const char *tag, const char *attribute)
{
	const char *found = NULL;

	for (const char *at = xml; (at = strstr(at, tag)) != NULL; at++) {
		found = at;
	}
	ck_assert_msg(found != NULL, "%s", tag);
	found = strstr(found, attribute);
	ck_assert_msg(found != NULL, "%s", attribute);
	return strtoull(found + strlen(attribute), NULL, 10);
}

START_TEST(the_xml_counts_blocks_with_their_own_mapping)
{
	const char *tag = "<total type=\"mmap\"";
	size_t count = last_number(info_text(), tag, "count=\"");
	size_t size = last_number(info_text(), tag, "size=\"");
	void *p = malloc(40 * MIB);
	const char *xml = info_text();

	ck_assert_uint_eq(last_number(xml, tag, "count=\""), count + 1);
	ck_assert_uint_ge(last_number(xml, tag, "size=\""), size + 40 * MIB);
	free(opaque(p));
}
END_TEST

START_TEST(the_xml_shows_free_memory_by_size)
{
	static void *block[500];
	size_t before, after;
	const char *xml;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = malloc(1000);
	}
	before = last_number(info_text(), "<total type=\"rest\"", "size=\"");
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		free(block[i]);
	}
	xml = info_text();
	after = last_number(xml, "<total type=\"rest\"", "size=\"");
	ck_assert_uint_ge(after + 100 * KIB, before + 500 * 1000);
	ck_assert_ptr_nonnull(strstr(xml, "<size from=\""));
	ck_assert_uint_ge(last_number(xml, "<system type=\"max\"", "size=\""),
	                  last_number(xml, "<system type=\"current\"",
	                              "size=\""));
}
END_TEST

/* --- malloc_stats ------------------------------------------------------- */

static int
play_stats(void)
{
	void *p = malloc(40 * MIB);

	free(opaque(malloc(1000)));
	malloc_stats();
	free(opaque(p));
	return 0;
}

static const struct role roles[] = { { "stats", play_stats } };

START_TEST(malloc_stats_writes_the_lines_of_glibc)
{
	static struct child child;
	static const char *const lines[] = {
		"Arena 0:\n", "system bytes     = ", "in use bytes     = ",
		"Total (incl. mmap):\n", "system bytes     = ",
		"in use bytes     = ", "max mmap regions = ",
		"max mmap bytes   = ",
	};
	const char *at;
	unsigned long all, used, regions, bytes;

	child_run_self(&child, "stats", NULL);
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_str_eq(child.output, "");
	ck_assert_int_eq(strncmp(child.error, "Arena 0:\n", 9), 0);
	expect_in_order(child.error, lines, ARRAY_LENGTH(lines));
	at = strstr(child.error, "Total (incl. mmap):\n");
	ck_assert_int_eq(sscanf(at, "Total (incl. mmap):\n"
	                        "system bytes     = %lu\n"
	                        "in use bytes     = %lu\n"
	                        "max mmap regions = %lu\n"
	                        "max mmap bytes   = %lu\n",
	                        &all, &used, &regions, &bytes), 4);
	ck_assert_uint_ge(all, used);
	ck_assert_uint_ge(used, 40 * MIB);
	ck_assert_uint_ge(regions, 1);
	ck_assert_uint_ge(bytes, 40 * MIB);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("mallinfo");
	TCase *tcase = add_case(suite, "mallinfo", 60);
	int status;

	if (child_play(argc, argv, roles, ARRAY_LENGTH(roles), &status)) {
		return status;
	}
	tcase_add_test(tcase, blocks_in_use_move_uordblks);
	tcase_add_test(tcase, arena_is_what_is_in_use_and_what_is_free);
	tcase_add_test(tcase,
	               blocks_with_their_own_mapping_are_counted_apart);
	tcase_add_test(tcase, keepcost_is_what_a_trim_could_give_back);
	tcase_add_test(tcase, mallinfo_is_mallinfo2_in_int);
	tcase = add_case(suite, "malloc_info", 60);
	tcase_add_test(tcase, options_other_than_zero_are_einval);
	tcase_add_test(tcase, the_xml_is_well_formed_with_one_root);
	tcase_add_test(tcase, the_xml_has_the_skeleton_of_glibc);
	tcase_add_test(tcase, the_xml_counts_blocks_with_their_own_mapping);
	tcase_add_test(tcase, the_xml_shows_free_memory_by_size);
	tcase = add_case(suite, "malloc_stats", 60);
	tcase_add_test(tcase, malloc_stats_writes_the_lines_of_glibc);
	return run_suite(suite);
}
