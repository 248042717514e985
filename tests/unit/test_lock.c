/* SPDX-License-Identifier: MIT */
/*
 * test_lock.c - the lock: exclusion, sleeping, holders, bounded waits.
 */
#include "base.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "lock.h"
#include "os.h"
#include "util.h"

static struct ma_lock lock = MA_LOCK_INIT(MA_RANK_HEAP);
static struct ma_lock other = MA_LOCK_INIT(MA_RANK_ARENA);
static long counter;

START_TEST(a_taken_lock_knows_its_holder)
{
	ck_assert(!ma_lock_is_mine(&lock));
	ma_lock_take(&lock);
	ck_assert(ma_lock_is_mine(&lock));
	ck_assert(!ma_lock_is_mine(&other));
	ma_lock_take(&other);
	ck_assert(ma_lock_is_mine(&other));
	ma_lock_release(&other);
	ma_lock_release(&lock);
	ck_assert(!ma_lock_is_mine(&lock));
	ck_assert_uint_eq(lock.word, 0);
}
END_TEST

static void *
count_up(void *arg)
{
	for (int i = 0; i < 200000; i++) {
		ma_lock_take(&lock);
		counter++;
		ma_lock_release(&lock);
	}
	return arg;
}

START_TEST(threads_exclude_each_other)
{
	pthread_t thread[4];

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(pthread_create(&thread[i], NULL, count_up,
		                                NULL), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], NULL);
	}
	ck_assert_int_eq(counter, 800000);
	ck_assert_uint_eq(lock.word, 0);
}
END_TEST

static void *
take_and_note(void *arg)
{
	ma_lock_take(&lock);
	__atomic_store_n((int *)arg, 1, __ATOMIC_RELEASE);
	ma_lock_release(&lock);
	return NULL;
}

START_TEST(a_sleeper_is_woken)
{
	pthread_t thread;
	int noted = 0;

	ma_lock_take(&lock);
	ck_assert_int_eq(pthread_create(&thread, NULL, take_and_note, &noted),
	                 0);
	usleep(100000);
	ck_assert_int_eq(__atomic_load_n(&noted, __ATOMIC_ACQUIRE), 0);
	ma_lock_release(&lock);
	pthread_join(thread, NULL);
	ck_assert_int_eq(noted, 1);
}
END_TEST

static void *
try_it(void *arg)
{
	*(bool *)arg = ma_lock_try(&lock);
	if (*(bool *)arg) {
		ma_lock_release(&lock);
	}
	return NULL;
}

START_TEST(a_try_ends_while_another_holds_it)
{
	pthread_t thread;
	bool taken = true;

	ma_lock_take(&lock);
	ck_assert_int_eq(pthread_create(&thread, NULL, try_it, &taken), 0);
	pthread_join(thread, NULL);
	ck_assert(!taken);
	ma_lock_release(&lock);
	ck_assert(ma_lock_try(&lock));
	ck_assert(ma_lock_is_mine(&lock));
	ma_lock_release(&lock);
}
END_TEST

static void *
take_for_ever(void *arg)
{
	ma_lock_take(&lock);
	return arg;
}

static void
pass_on(int number)
{
	(void)number;
	ma_lock_pass_on();
}

static void *
take_and_release(void *arg)
{
	(void)arg;
	ma_lock_take(&lock);
	ma_lock_release(&lock);
	return NULL;
}

static void *
sleep_once(void *word)
{
	ma_os_wait(&lock.word, (uint32_t)(uintptr_t)word);
	return NULL;
}

static uint32_t
word_now(void)
{
	return __atomic_load_n(&lock.word, __ATOMIC_RELAXED);
}

START_TEST(a_handler_passes_on_the_wake_of_the_wait_it_interrupted)
{
	struct sigaction action = { .sa_handler = pass_on };
	pthread_t waiter, sleeper;

	sigaction(SIGUSR1, &action, NULL);
	ma_lock_take(&lock);
	pthread_create(&waiter, NULL, take_and_release, NULL);
	while ((word_now() & 1) == 0) {
		usleep(100);
	}
	pthread_create(&sleeper, NULL, sleep_once,
	               (void *)(uintptr_t)word_now());
	/* The waiter is not among those that the handler may wake: one that
	   did get the wake has a handler in its way. */
	while (pthread_tryjoin_np(sleeper, NULL) != 0) {
		pthread_kill(waiter, SIGUSR1);
		usleep(1000);
	}
	ck_assert(ma_lock_is_mine(&lock));
	ma_lock_release(&lock);
	pthread_join(waiter, NULL);
}
END_TEST

START_TEST(a_reset_lock_is_free_whoever_held_it)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, take_for_ever, NULL),
	                 0);
	pthread_join(thread, NULL);
	ma_lock_reset(&lock);
	ma_lock_take(&lock);
	ma_lock_release(&lock);
	ck_assert_uint_eq(lock.word, 0);
}
END_TEST

#if MA_DEBUG
START_TEST(taking_against_the_order_aborts)
{
	ma_lock_take(&other);
	ma_lock_take(&lock);
}
END_TEST

START_TEST(two_of_a_rank_abort)
{
	struct ma_lock second = MA_LOCK_INIT(MA_RANK_HEAP);

	ma_lock_take(&lock);
	ma_lock_take(&second);
}
END_TEST

START_TEST(releasing_what_is_not_held_aborts)
{
	ma_lock_release(&lock);
}
END_TEST
#endif

START_TEST(fork_may_take_two_of_a_rank)
{
	struct ma_lock second = MA_LOCK_INIT(MA_RANK_HEAP);

	ma_lock_take(&lock);
	ma_lock_take_next(&second);
	ck_assert(ma_lock_is_mine(&second));
	ma_lock_release(&second);
	ma_lock_release(&lock);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lock");
	TCase *tcase = add_case(suite, "lock", 60);

	tcase_add_test(tcase, a_taken_lock_knows_its_holder);
	tcase_add_test(tcase, threads_exclude_each_other);
	tcase_add_test(tcase, a_sleeper_is_woken);
	tcase_add_test(tcase, a_try_ends_while_another_holds_it);
	tcase_add_test(
		tcase,
		a_handler_passes_on_the_wake_of_the_wait_it_interrupted);
	tcase_add_test(tcase, a_reset_lock_is_free_whoever_held_it);
#if MA_DEBUG
	tcase_add_test_raise_signal(tcase, taking_against_the_order_aborts,
	                            SIGABRT);
	tcase_add_test_raise_signal(tcase, two_of_a_rank_abort, SIGABRT);
	tcase_add_test_raise_signal(tcase, releasing_what_is_not_held_aborts,
	                            SIGABRT);
#endif
	tcase_add_test(tcase, fork_may_take_two_of_a_rank);
	return run_suite(suite);
}
