/* SPDX-License-Identifier: MIT */
/*
 * test_os_break.c - K1 to K3, with an sbrk that answers as told: glibc's, the
 * only one that is asked.
 */
#include "base.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "os.h"
#include "util.h"

/* What the C library's sbrk would do; nothing is ever touched. */
static uintptr_t now = 0x10003000;
static bool refuses;          /* returns -1 and ENOMEM */
static bool lies;             /* an error number for an address */
static uintptr_t moved_first; /* by others, right before the call */
static bool stays;            /* says it moved, and did not */
static unsigned calls;

/* glibc 2.32; without it nobody knows of threads. */
extern char __libc_single_threaded __attribute__((weak));

/* glibc's name of its own. */
void *
__sbrk(intptr_t nbytes);

void *
__sbrk(intptr_t nbytes)
{
	uintptr_t old;

	calls++;
	errno = 5;
	if (lies) {
		return (void *)-(intptr_t)EPERM;
	}
	if (nbytes == 0) {
		return (void *)now;
	}
	if (refuses) {
		errno = ENOMEM;
		return (void *)-1;
	}
	now += moved_first;
	moved_first = 0;
	old = now;
	if (!stays) {
		now += (uintptr_t)nbytes;
	}
	return (void *)old;
}

START_TEST(extension_tells_the_first_new_byte)
{
	uintptr_t start = 0;

	errno = 77;
	ck_assert(ma_os_break_extend(0x5000, &start));
	ck_assert_uint_eq(start, 0x10003000);
	ck_assert_uint_eq(now, 0x10008000);
	ck_assert_uint_eq(ma_os_break_current(), now);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(a_break_moved_by_others_is_told)
{
	uintptr_t start = 0;

	moved_first = 0x123;
	ck_assert(ma_os_break_extend(0x1000, &start));
	ck_assert_uint_eq(start, 0x10003123);
}
END_TEST

START_TEST(a_refusal_keeps_errno)
{
	uintptr_t start = 0;

	refuses = true;
	errno = 77;
	ck_assert(!ma_os_break_extend(0x1000, &start));
	ck_assert_int_eq(errno, 77);
	ck_assert_uint_eq(now, 0x10003000);
}
END_TEST

START_TEST(an_error_number_is_no_address)
{
	uintptr_t start = 0;

	lies = true;
	ck_assert_uint_eq(ma_os_break_current(), 0);
	ck_assert(!ma_os_break_extend(0x1000, &start));
	ck_assert(!ma_os_break_lower(0x10003000, 0x1000));
}
END_TEST

START_TEST(success_is_not_believed_where_the_break_did_not_move)
{
	uintptr_t start = 0;

	stays = true;
	ck_assert(!ma_os_break_extend(0x1000, &start));
}
END_TEST

START_TEST(a_size_that_would_wrap_is_not_asked_for)
{
	uintptr_t start = 0;

	ck_assert(!ma_os_break_extend((size_t)PTRDIFF_MAX + 1, &start));
	ck_assert(!ma_os_break_extend(SIZE_MAX, &start));
	ck_assert_uint_eq(now, 0x10003000);
}
END_TEST

START_TEST(a_break_that_wraps_around_is_refused)
{
	uintptr_t start = 0;

	now = UINTPTR_MAX - 0x10000;
	ck_assert(!ma_os_break_extend(0x20000, &start));
}
END_TEST

START_TEST(a_break_beyond_the_page_map_is_refused)
{
	uintptr_t start = 0;
	uintptr_t beyond = (uintptr_t)1 << (MA_ADDRESS_BITS - 1) << 1;

	now = beyond - 0x1000;
	ck_assert(!ma_os_break_extend(0x2000, &start));
	/* Of all addresses the last ones are the system's errors. */
	now = beyond - 0x2000;
	ck_assert(ma_os_break_extend(0x2000, &start) == (beyond != 0));
}
END_TEST

START_TEST(lowering_needs_the_break_where_we_left_it)
{
	errno = 77;
	ck_assert(!ma_os_break_lower(0x10002000, 0x1000));
	ck_assert(!ma_os_break_lower(0x10004000, 0x1000));
	ck_assert_uint_eq(now, 0x10003000);
	ck_assert(ma_os_break_lower(0x10003000, 0x1000));
	ck_assert_uint_eq(now, 0x10002000);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(a_refused_lowering_is_told)
{
	refuses = true;
	ck_assert(!ma_os_break_lower(0x10003000, 0x1000));
	ck_assert_uint_eq(now, 0x10003000);
}
END_TEST

static void *
do_nothing(void *p)
{
	return p;
}

START_TEST(beside_threads_a_break_that_is_not_watched_is_left_alone)
{
	uintptr_t start, before = now;
	pthread_t thread;

	/* ThreadSanitizer has a thread of its own from the start. */
	ma_os_break_watched = THREAD_SANITIZED;
	ck_assert(ma_os_break_extend(0x5000, &start));
	ma_os_break_watched = false;
	ck_assert_int_eq(pthread_create(&thread, NULL, do_nothing, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_uint_eq(ma_os_break_current(), 0);
	ck_assert(!ma_os_break_extend(0x5000, &start));
	ck_assert(!ma_os_break_lower(now, 0x5000));
	ck_assert_uint_eq(now, before + 0x5000);
	ma_os_break_watched = true;
	ck_assert_uint_eq(ma_os_break_current(), now);
	ck_assert(ma_os_break_lower(now, 0x5000));
	ck_assert_uint_eq(now, before);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_break");
	TCase *tcase = add_case(suite, "os_break", 60);

#ifndef __GLIBC__
	return 77;
#endif
	/* Nobody else moves the break of this file. */
	ma_os_break_watched = true;

	tcase_add_test(tcase, extension_tells_the_first_new_byte);
	tcase_add_test(tcase, a_break_moved_by_others_is_told);
	tcase_add_test(tcase, a_refusal_keeps_errno);
	tcase_add_test(tcase, an_error_number_is_no_address);
	tcase_add_test(tcase,
	          success_is_not_believed_where_the_break_did_not_move);
	tcase_add_test(tcase, a_size_that_would_wrap_is_not_asked_for);
	tcase_add_test(tcase, a_break_that_wraps_around_is_refused);
	tcase_add_test(tcase, a_break_beyond_the_page_map_is_refused);
	tcase_add_test(tcase, lowering_needs_the_break_where_we_left_it);
	tcase_add_test(tcase, a_refused_lowering_is_told);
	if (&__libc_single_threaded != NULL) {
		tcase_add_test(tcase,
		    beside_threads_a_break_that_is_not_watched_is_left_alone);
	}
	return run_suite(suite);
}
