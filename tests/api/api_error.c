/* SPDX-License-Identifier: MIT */
/*
 * api_error.c - the contracts of last_error, strerror and
 * set_error_handler.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "child.h"
#include "names.h"
#include "util.h"

START_TEST(a_thread_without_failure_has_no_error)
{
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
}
END_TEST

static void *
error_of_fresh_thread(void *arg)
{
	enum memalloc_error *seen = arg;

	seen[0] = memalloc_last_error();
	(void)!memalloc_aligned_alloc(opaque_size(3), 10);
	seen[1] = memalloc_last_error();
	return NULL;
}

START_TEST(each_thread_has_an_error_of_its_own)
{
	enum memalloc_error seen[2];
	pthread_t thread;

	ck_assert_ptr_null(memalloc_malloc(opaque_size(SIZE_MAX)));
	ck_assert_int_eq(pthread_create(&thread, NULL, error_of_fresh_thread,
	                                seen), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(seen[0], MEMALLOC_OK);
	ck_assert_int_eq(seen[1], MEMALLOC_ERR_ALIGNMENT);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
}
END_TEST

START_TEST(the_last_failure_counts)
{
	ck_assert_ptr_null(memalloc_malloc(opaque_size(SIZE_MAX)));
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
	ck_assert_ptr_null(memalloc_malloc(opaque_size(PTRDIFF_MAX)));
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_NO_MEMORY);
	ck_assert_ptr_null(memalloc_aligned_alloc(opaque_size(12), 1));
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ALIGNMENT);
	ck_assert_int_eq(memalloc_stats(NULL, 1), EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
	ck_assert_int_eq(memalloc_print_heap(-1), -1);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_OUTPUT);
	memalloc_free(memalloc_malloc(10));
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_OUTPUT);
}
END_TEST

START_TEST(every_code_has_a_sentence_of_its_own)
{
	for (int code = 0; code < MEMALLOC_ERR_COUNT; code++) {
		const char *text = memalloc_strerror(code);

		REQUIRE(text != NULL && strlen(text) > 3, "code %d", code);
		REQUIRE(text[strlen(text) - 1] != '.', "code %d", code);
		REQUIRE(strchr(text, '\n') == NULL, "code %d", code);
		REQUIRE(strcmp(text, "unknown error") != 0, "code %d", code);
		REQUIRE(text == memalloc_strerror(code), "code %d", code);
		for (int other = 0; other < code; other++) {
			REQUIRE(strcmp(text, memalloc_strerror(other)) != 0,
			        "codes %d and %d", code, other);
		}
	}
}
END_TEST

START_TEST(what_is_no_code_is_an_unknown_error)
{
	static const int wrong[] = { -1, MEMALLOC_ERR_COUNT,
	                             MEMALLOC_ERR_COUNT + 1, 1000, INT32_MAX,
	                             INT32_MIN };

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		ck_assert_str_eq(memalloc_strerror(wrong[i]), "unknown error");
	}
}
END_TEST

/* --- The handler -------------------------------------------------------- */

static void
first_handler(enum memalloc_error code, const char *function,
              const void *pointer)
{
	(void)code;
	(void)function;
	(void)pointer;
}

static void
second_handler(enum memalloc_error code, const char *function,
               const void *pointer)
{
	(void)code;
	(void)function;
	(void)pointer;
	_exit(1);
}

START_TEST(setting_a_handler_returns_the_one_before)
{
	ck_assert(memalloc_set_error_handler(first_handler) == NULL);
	ck_assert(memalloc_set_error_handler(second_handler) ==
	          first_handler);
	ck_assert(memalloc_set_error_handler(NULL) == second_handler);
	ck_assert(memalloc_set_error_handler(NULL) == NULL);
}
END_TEST

START_TEST(a_refusal_is_no_misuse_and_calls_no_handler)
{
	memalloc_set_error_handler(second_handler);
	ck_assert_ptr_null(memalloc_malloc(opaque_size(SIZE_MAX)));
	ck_assert_ptr_null(memalloc_aligned_alloc(opaque_size(3), 1));
	ck_assert_int_eq(memalloc_stats(NULL, 0), EINVAL);
}
END_TEST

/* What the handler must be told. */
static enum memalloc_error expected_code;
static const char *expected_function;
static const void *expected_pointer;

/* printf may allocate, which a handler must not. */
static void
say(const char *text)
{
	ssize_t written = write(2, text, strlen(text));

	(void)written;
}

/* Say on standard error what is wrong, leave with 0 if nothing is. */
static void
judging_handler(enum memalloc_error code, const char *function,
                const void *pointer)
{
	int wrong = 0;

	if (code != expected_code) {
		say("code ");
		say(memalloc_strerror(code));
		wrong |= 2;
	}
	if (strcmp(function, expected_function) != 0) {
		say("function ");
		say(function);
		wrong |= 4;
	}
	if (pointer != expected_pointer) {
		say("pointer");
		wrong |= 8;
	}
	if (memalloc_last_error() != code) {
		say("last error ");
		say(memalloc_strerror(memalloc_last_error()));
		wrong |= 16;
	}
	say("handled\n");
	_exit(wrong);
}

static void
judge(enum memalloc_error code, const char *function, const void *pointer)
{
	expected_code = code;
	expected_function = function;
	expected_pointer = pointer;
	memalloc_set_error_handler(judging_handler);
}

/* Each misuse by a function of its own; all end in the handler. */

static int
misuse_double_free(void)
{
	void *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_DOUBLE_FREE, "free", p);
	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 1;
}

static int
misuse_double_free_large(void)
{
	void *p = opaque(memalloc_malloc(100000));

	judge(MEMALLOC_ERR_DOUBLE_FREE, "free", p);
	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 1;
}

static int
misuse_foreign(void)
{
	int here;
	void *p = opaque(&here);

	judge(MEMALLOC_ERR_POINTER, "free", p);
	memalloc_free(opaque(p));
	return 1;
}

static int
misuse_interior(void)
{
	char *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_INTERIOR, "free", p + 16);
	memalloc_free(opaque(p + 16));
	return 1;
}

static int
misuse_interior_large(void)
{
	char *p = opaque(memalloc_malloc(100000));

	judge(MEMALLOC_ERR_INTERIOR, "free", p + 70000);
	memalloc_free(opaque(p + 70000));
	return 1;
}

static int
misuse_realloc(void)
{
	void *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_DOUBLE_FREE, "realloc", p);
	memalloc_free(opaque(p));
	p = memalloc_realloc(opaque(p), 200);
	return p == NULL;
}

static int
misuse_usable_size(void)
{
	int here;
	void *p = opaque(&here);

	judge(MEMALLOC_ERR_POINTER, "malloc_usable_size", p);
	return memalloc_usable_size(p) == 0;
}

static int
misuse_free_sized(void)
{
	void *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_SIZE_MISMATCH, "free_sized", p);
	memalloc_free_sized(p, 5000);
	return 1;
}

static int
misuse_free_aligned_sized(void)
{
	void *p = opaque(memalloc_aligned_alloc(64, 100));

	judge(MEMALLOC_ERR_SIZE_MISMATCH, "free_aligned_sized", p);
	memalloc_free_aligned_sized(p, 64, 5000);
	return 1;
}

static int
misuse_freezero(void)
{
	void *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_SIZE_MISMATCH, "freezero", p);
	memalloc_freezero(p, 5000);
	return 1;
}

static int
misuse_write_after_free(void)
{
	uintptr_t *p = opaque(memalloc_malloc(100));

	judge(MEMALLOC_ERR_CORRUPT, "malloc", p);
	memalloc_free(opaque(p));
	p = opaque(p);
	p[0] = p[1] = LETTERS;
	for (int i = 0; i < 1000; i++) {
		opaque(memalloc_malloc(100));
	}
	return 1;
}

/* The handler returns: the process must abort all the same. */
static int
misuse_handler_returns(void)
{
	void *p = opaque(memalloc_malloc(100));

	memalloc_set_error_handler(first_handler);
	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 1;
}

static void
raising_handler(enum memalloc_error code, const char *function,
                const void *pointer)
{
	(void)code;
	(void)function;
	(void)pointer;
	raise(SIGTERM);
}

static int
misuse_handler_raises(void)
{
	void *p = opaque(memalloc_malloc(100));

	memalloc_set_error_handler(raising_handler);
	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 1;
}

static int
misuse_without_handler(void)
{
	void *p = opaque(memalloc_malloc(100));

	memalloc_set_error_handler(second_handler);
	memalloc_set_error_handler(NULL);
	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 1;
}

/* A program that ignores SIGABRT, and one that catches it and returns. */
static int
misuse_under_ignored_abort(void)
{
	signal(SIGABRT, SIG_IGN);
	return misuse_without_handler();
}

static const struct role roles[] = {
	{ "double_free", misuse_double_free },
	{ "double_free_large", misuse_double_free_large },
	{ "foreign", misuse_foreign },
	{ "interior", misuse_interior },
	{ "interior_large", misuse_interior_large },
	{ "realloc", misuse_realloc },
	{ "usable_size", misuse_usable_size },
	{ "free_sized", misuse_free_sized },
	{ "free_aligned_sized", misuse_free_aligned_sized },
	{ "freezero", misuse_freezero },
	{ "write_after_free", misuse_write_after_free },
#define JUDGED_ROLES 11
	{ "handler_returns", misuse_handler_returns },
	{ "handler_raises", misuse_handler_raises },
	{ "without_handler", misuse_without_handler },
	{ "under_ignored_abort", misuse_under_ignored_abort },
};

START_TEST(the_handler_is_told_code_function_and_pointer)
{
	struct child child;

	child_run_self(&child, roles[_i].name, NULL);
	ck_assert_msg(child_exit_status(&child) == 0, "%s: status %x: %s",
	              roles[_i].name, child.status, child.error);
}
END_TEST

START_TEST(the_message_stands_before_the_handler_runs)
{
	struct child child;
	const char *message, *handled;

	child_run_self(&child, roles[_i].name, NULL);
	ck_assert_int_eq(count_lines(child.error), 2);
	message = strstr(child.error, "(): 0x");
	handled = strstr(child.error, "handled\n");
	ck_assert_ptr_nonnull(message);
	ck_assert_ptr_nonnull(handled);
	ck_assert(message < handled);
}
END_TEST

START_TEST(a_handler_that_returns_does_not_stop_the_abort)
{
	struct child child;

	child_run_self(&child, "handler_returns", NULL);
	ck_assert_int_eq(child_signal(&child), SIGABRT);
	ck_assert_int_eq(count_lines(child.error), 1);
}
END_TEST

START_TEST(a_handler_may_leave_by_a_signal)
{
	struct child child;

	child_run_self(&child, "handler_raises", NULL);
	ck_assert_int_eq(child_signal(&child), SIGTERM);
}
END_TEST

START_TEST(misuse_without_a_handler_aborts_after_one_line)
{
	struct child child;

	child_run_self(&child, "without_handler", NULL);
	ck_assert_int_eq(child_signal(&child), SIGABRT);
	ck_assert_int_eq(count_lines(child.error), 1);
}
END_TEST

START_TEST(misuse_ends_the_process_even_where_sigabrt_is_ignored)
{
	struct child child;

	child_run_self(&child, "under_ignored_abort", NULL);
	ck_assert_int_ne(child_signal(&child), 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("error");
	TCase *tcase = add_case(suite, "codes", 60);
	int status;

	if (child_play(argc, argv, roles, ARRAY_LENGTH(roles), &status)) {
		return status;
	}
	tcase_add_test(tcase, a_thread_without_failure_has_no_error);
	tcase_add_test(tcase, each_thread_has_an_error_of_its_own);
	tcase_add_test(tcase, the_last_failure_counts);
	tcase_add_test(tcase, every_code_has_a_sentence_of_its_own);
	tcase_add_test(tcase, what_is_no_code_is_an_unknown_error);
	tcase = add_case(suite, "handler", 60);
	tcase_add_test(tcase, setting_a_handler_returns_the_one_before);
	tcase_add_test(tcase, a_refusal_is_no_misuse_and_calls_no_handler);
	tcase_add_loop_test(tcase,
	                    the_handler_is_told_code_function_and_pointer, 0,
	                    JUDGED_ROLES);
	tcase_add_loop_test(tcase, the_message_stands_before_the_handler_runs,
	                    0, JUDGED_ROLES);
	tcase_add_test(tcase, a_handler_that_returns_does_not_stop_the_abort);
	tcase_add_test(tcase, a_handler_may_leave_by_a_signal);
	tcase_add_test(tcase, misuse_without_a_handler_aborts_after_one_line);
	tcase_add_test(tcase,
	               misuse_ends_the_process_even_where_sigabrt_is_ignored);
	return run_suite(suite);
}
