/* SPDX-License-Identifier: MIT */
/*
 * test_error.c - the thread's code, and the end of the process.
 */
#include "base.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "error.h"
#include "fake_os.h"
#include "util.h"

START_TEST(setting_a_code_keeps_errno)
{
	errno = 77;
	ma_error_set(MEMALLOC_ERR_OUTPUT);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_OUTPUT);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(refusals_return_null_with_code_and_errno)
{
	ck_assert_ptr_null(ma_error_no_memory(MEMALLOC_ERR_SIZE));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
	ck_assert_ptr_null(ma_error_invalid(MEMALLOC_ERR_ALIGNMENT));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ALIGNMENT);
}
END_TEST

static void *
code_of_thread(void *arg)
{
	*(int *)arg = memalloc_last_error();
	ma_error_set(MEMALLOC_ERR_CORRUPT);
	return NULL;
}

START_TEST(threads_do_not_share_their_code)
{
	pthread_t thread;
	int seen = -1;

	ma_error_set(MEMALLOC_ERR_SIZE);
	ck_assert_int_eq(pthread_create(&thread, NULL, code_of_thread, &seen),
	                 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(seen, MEMALLOC_OK);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
}
END_TEST

START_TEST(death_is_an_abort)
{
	ma_error_die(MEMALLOC_ERR_POINTER, "free", NULL, "dies");
}
END_TEST

static void
expect_message(enum memalloc_error code, const char *function,
               const void *pointer)
{
	if (strcmp(fake_os_text(),
	           "program: realloc(): 0x1234 has 5 of \"x\"\n") == 0 &&
	    code == MEMALLOC_ERR_CORRUPT &&
	    strcmp(function, "realloc") == 0 &&
	    pointer == (void *)0x1234 &&
	    memalloc_last_error() == MEMALLOC_ERR_CORRUPT) {
		_exit(42);
	}
	_exit(1);
}

START_TEST(death_writes_one_line_then_calls_the_handler)
{
	memalloc_set_error_handler(expect_message);
	ma_error_die(MEMALLOC_ERR_CORRUPT, "realloc", (void *)0x1234,
	             "has %u of \"%s\"", 5u, "x");
}
END_TEST

static void
do_nothing(enum memalloc_error code, const char *function,
           const void *pointer)
{
	(void)code;
	(void)function;
	(void)pointer;
}

START_TEST(a_handler_that_returns_is_followed_by_abort)
{
	memalloc_set_error_handler(do_nothing);
	ma_error_die(MEMALLOC_ERR_POINTER, "free", NULL, "dies");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = add_case(suite, "error", 60);

	tcase_add_test(tcase, setting_a_code_keeps_errno);
	tcase_add_test(tcase, refusals_return_null_with_code_and_errno);
	tcase_add_test(tcase, threads_do_not_share_their_code);
	tcase_add_test_raise_signal(tcase, death_is_an_abort, SIGABRT);
	tcase_add_exit_test(tcase,
	                    death_writes_one_line_then_calls_the_handler, 42);
	tcase_add_test_raise_signal(tcase,
	                    a_handler_that_returns_is_followed_by_abort,
	                    SIGABRT);
	return run_suite(suite);
}
