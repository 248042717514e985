/* SPDX-License-Identifier: MIT */
/*
 * api_version.c - the library's version and the header's are one.
 */
#include "names.h"
#include "util.h"

START_TEST(library_and_header_are_of_one_version)
{
	ck_assert_str_eq(memalloc_version(), MEMALLOC_VERSION_STRING);
}
END_TEST

START_TEST(the_macros_agree)
{
	char text[64];

	snprintf(text, sizeof(text), "%d.%d.%d", MEMALLOC_VERSION_MAJOR,
	         MEMALLOC_VERSION_MINOR, MEMALLOC_VERSION_PATCH);
	ck_assert_str_eq(text, MEMALLOC_VERSION_STRING);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("version");
	TCase *tcase = add_case(suite, "version", 60);

	tcase_add_test(tcase, library_and_header_are_of_one_version);
	tcase_add_test(tcase, the_macros_agree);
	return run_suite(suite);
}
