/* SPDX-License-Identifier: MIT */
/*
 * test_diag.c - text without stdio.
 */
#include "base.h"

#include <errno.h>

#include "diag.h"
#include "fake_os.h"
#include "util.h"

/* What FORMAT makes, through a text of ROOM bytes. */
#define EXPECT(expected, room, ...)                                     \
	do {                                                            \
		char buffer[200];                                       \
		struct ma_text text = ma_text_over(buffer, room);       \
		ma_text_add(&text, __VA_ARGS__);                        \
		buffer[text.used] = '\0';                               \
		ck_assert_str_eq(buffer, expected);                     \
	} while (0)

START_TEST(every_conversion_prints_as_printf)
{
	EXPECT("plain", 199, "plain");
	EXPECT("a word", 199, "a %s", "word");
	EXPECT("x!", 199, "%c!", 'x');
	EXPECT("0 -1 -2147483648 2147483647", 199, "%d %d %d %d", 0, -1,
	       INT_MIN, INT_MAX);
	EXPECT("0 4294967295", 199, "%u %u", 0u, UINT_MAX);
	EXPECT(IS_64_BIT ? "0 18446744073709551615" : "0 4294967295", 199,
	       "%zu %zu", (size_t)0, SIZE_MAX);
	EXPECT(IS_64_BIT ? "0x0 0xffffffffffffffff 0x7fff1234" :
	       "0x0 0xffffffff 0x7fff1234", 199, "%p %p %p",
	       (void *)0, (void *)UINTPTR_MAX, (void *)0x7fff1234);
	EXPECT("100%", 199, "%d%%", 100);
}
END_TEST

START_TEST(what_does_not_fit_is_cut)
{
	EXPECT("", 0, "text");
	EXPECT("tex", 3, "text");
	EXPECT("12", 2, "%u", 12345u);
	EXPECT("abc", 3, "%s%s", "ab", "cdef");
}
END_TEST

START_TEST(text_is_appended)
{
	char buffer[100];
	struct ma_text text = ma_text_over(buffer, sizeof(buffer) - 1);

	ma_text_add(&text, "one ");
	ma_text_add(&text, "%s", "two");
	buffer[text.used] = '\0';
	ck_assert_str_eq(buffer, "one two");
}
END_TEST

START_TEST(a_line_names_the_program_and_keeps_errno)
{
	errno = 77;
	ma_diag_line("free(): %p %s", (void *)0x10, "is wrong");
	ck_assert_int_eq(errno, 77);
	ck_assert_str_eq(fake_os_text(),
	                 "program: free(): 0x10 is wrong\n");
	ck_assert_uint_eq(fake_os_count(FAKE_WRITE), 1);
}
END_TEST

START_TEST(a_long_line_is_cut_but_ended)
{
	char long_word[2000];
	const char *text;

	memset(long_word, 'x', sizeof(long_word) - 1);
	long_word[sizeof(long_word) - 1] = '\0';
	ma_diag_line("%s", long_word);
	text = fake_os_text();
	ck_assert_uint_lt(strlen(text), 1000);
	ck_assert_uint_gt(strlen(text), 200);
	ck_assert(strchr(text, '\n') == text + strlen(text) - 1);
}
END_TEST

START_TEST(a_refused_write_keeps_errno_too)
{
	fake_os_refuse(FAKE_WRITE, true);
	errno = 77;
	ma_diag_line("lost");
	ck_assert_int_eq(errno, 77);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("diag");
	TCase *tcase = add_case(suite, "diag", 60);

	tcase_add_test(tcase, every_conversion_prints_as_printf);
	tcase_add_test(tcase, what_does_not_fit_is_cut);
	tcase_add_test(tcase, text_is_appended);
	tcase_add_test(tcase, a_line_names_the_program_and_keeps_errno);
	tcase_add_test(tcase, a_long_line_is_cut_but_ended);
	tcase_add_test(tcase, a_refused_write_keeps_errno_too);
	return run_suite(suite);
}
