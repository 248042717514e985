/* SPDX-License-Identifier: MIT */
/*
 * api_misuse.c - what the functions return for foreign pointers under
 * misuse:ignore.  What is aborted upon is the business of tests/misuse.
 */
#include <errno.h>
#include <signal.h>

#include "child.h"
#include "names.h"
#include "util.h"

#define IGNORED_LINES 16

static char foreign[64];

static void
refuse_handler(enum memalloc_error code, const char *function,
               const void *pointer)
{
	(void)code;
	(void)function;
	(void)pointer;
	_exit(9);
}

static int
play_frees(void)
{
	bool kept;

	memalloc_set_error_handler(refuse_handler);
	errno = 77;
	free(opaque(foreign));
	free_sized(opaque(foreign), 10);
	free_aligned_sized(opaque(foreign), 64, 10);
	memalloc_freezero(opaque(foreign), 10);
	kept = errno == 77;
	return kept && memalloc_last_error() == MEMALLOC_ERR_POINTER &&
		foreign[0] == 7 ? 0 : 3;
}

static bool
is_refused(void *q)
{
	bool refused = q == NULL && errno == EINVAL &&
		memalloc_last_error() == MEMALLOC_ERR_POINTER;

	errno = 0;
	memalloc_free(opaque(memalloc_malloc(10)));
	(void)!memalloc_malloc(opaque_size(SIZE_MAX));
	errno = 0;
	return refused;
}

static int
play_reallocs(void)
{
	int bad = 0;

	memalloc_set_error_handler(refuse_handler);
	bad += !is_refused(realloc(opaque(foreign), 100));
	bad += !is_refused(realloc(opaque(foreign), 100000));
	bad += !is_refused(reallocarray(opaque(foreign), 10, 10));
	bad += !is_refused(memalloc_reallocf(opaque(foreign), 100));
	bad += !is_refused(memalloc_recallocarray(opaque(foreign), 1, 2, 10));
	bad += malloc_usable_size(opaque(foreign)) != 0;
	bad += foreign[0] != 7;
	return bad;
}

static int
play_many(void)
{
	for (int i = 0; i < 1000; i++) {
		free(opaque(foreign));
	}
	return 0;
}

static int
play_twice(void)
{
	void *p = malloc(100);

	free(opaque(p));
	free(opaque(p));
	return 0;
}

static const struct role roles[] = {
	{ "frees", play_frees },
	{ "reallocs", play_reallocs },
	{ "many", play_many },
	{ "twice", play_twice },
};

static struct child child;

static void
play(const char *role)
{
	child_run_self(&child, role, "MEMALLOC_CONF=misuse:ignore");
}

START_TEST(ignored_frees_do_nothing_but_tell)
{
	play("frees");
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_int_eq(count_lines(child.error), 4);
	ck_assert_ptr_nonnull(strstr(child.error, "free_aligned_sized(): 0x"));
}
END_TEST

START_TEST(ignored_reallocs_fail_with_einval)
{
	play("reallocs");
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_int_eq(count_lines(child.error), 6);
}
END_TEST

START_TEST(the_last_line_of_many_says_so)
{
	play("many");
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_int_eq(count_lines(child.error), IGNORED_LINES);
	ck_assert_ptr_nonnull(strstr(child.error, "ignored, as all further "
	                             "ones will be, without a line\n"));
}
END_TEST

START_TEST(a_second_free_still_aborts)
{
	play("twice");
	ck_assert_int_eq(child_signal(&child), SIGABRT);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("misuse");
	TCase *tcase;
	int status;

	foreign[0] = 7;
	if (child_play(argc, argv, roles, sizeof(roles) / sizeof(roles[0]),
	               &status)) {
		return status;
	}
	tcase = add_case(suite, "misuse", 60);
	tcase_add_test(tcase, ignored_frees_do_nothing_but_tell);
	tcase_add_test(tcase, ignored_reallocs_fail_with_einval);
	tcase_add_test(tcase, the_last_line_of_many_says_so);
	tcase_add_test(tcase, a_second_free_still_aborts);
	return run_suite(suite);
}
