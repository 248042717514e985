/* SPDX-License-Identifier: MIT */
/*
 * api_check.c - the contract of memalloc_check: silent on a sound heap, and
 * a line for each thing that is wrong.
 */
#include <ctype.h>
#include <pthread.h>
#include <time.h>

#include "child.h"
#include "churn.h"
#include "names.h"
#include "util.h"

static void *
fill_and_free(void *arg)
{
	void *slot[200];
	uint64_t random = (uintptr_t)arg + 1;

	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		slot[i] = memalloc_malloc(next_random(&random) % 5000);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		memalloc_free(slot[i]);
	}
	return NULL;
}

static int
play_sound_heap(void)
{
	static void *slot[2000];
	uint64_t random = 37;
	pthread_t thread;

	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);

		memalloc_free(slot[i]);
		slot[i] = memalloc_malloc(next_random(&random) %
		                          (i % 50 == 0 ? 100000 : 2000));
		if (step % 1000 == 0 && memalloc_check() != 0) {
			return 1;
		}
	}
	if (pthread_create(&thread, NULL, fill_and_free, NULL) != 0) {
		return 99;
	}
	pthread_join(thread, NULL);
	memalloc_free(memalloc_malloc(50 * MIB));
	memalloc_trim(0);
	if (memalloc_check() != 0) {
		return 2;
	}
	return memalloc_last_error() == MEMALLOC_OK ? 0 : 3;
}

/* Each sort of damage: where a freed block of 200 bytes is overwritten. */

static int
check_after_damage(size_t word, uintptr_t value)
{
	uintptr_t *block[20];
	int found;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = memalloc_malloc(200);
	}
	for (size_t i = 0; i < 10; i++) {
		memalloc_free(block[i]);
	}
	((uintptr_t *)opaque(block[5]))[word] = value;
	found = memalloc_check();
	printf("%d %d\n", found, (int)memalloc_last_error());
	return 0;
}

static int
play_damaged_link(void)
{
	return check_after_damage(0, LETTERS);
}

static int
play_damaged_mark(void)
{
	return check_after_damage(1, LETTERS);
}

static int
play_damaged_link_to_stack(void)
{
	uintptr_t fake[4] = { 0, 0, 0, 0 };

	return check_after_damage(0, (uintptr_t)opaque(fake));
}

static const struct role roles[] = {
	{ "sound_heap", play_sound_heap },
	{ "damaged_link", play_damaged_link },
	{ "damaged_mark", play_damaged_mark },
	{ "damaged_link_to_stack", play_damaged_link_to_stack },
};

START_TEST(a_sound_heap_has_no_violation_and_no_line)
{
	static struct child child;

	child_run_self(&child, "sound_heap", NULL);
	ck_assert_str_eq(child.error, "");
	ck_assert_int_eq(child_exit_status(&child), 0);
}
END_TEST

START_TEST(damage_is_counted_and_described_line_by_line)
{
	static struct child child;
	int found = 0, code = 0;

	child_run_self(&child, roles[_i].name, NULL);
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_int_eq(sscanf(child.output, "%d %d", &found, &code), 2);
	ck_assert_int_gt(found, 0);
	ck_assert_int_eq(code, MEMALLOC_ERR_CORRUPT);
	ck_assert_msg(count_lines(child.error) == found,
	              "%d violations, but: %s", found, child.error);
}
END_TEST

/* Does LINE hold the name of an invariant: a capital letter and a number? */
static bool
names_invariant(const char *line)
{
	for (; *line != '\0' && *line != '\n'; line++) {
		if (isupper((unsigned char)line[0]) &&
		    isdigit((unsigned char)line[1])) {
			return true;
		}
	}
	return false;
}

START_TEST(each_line_names_its_invariant)
{
	static struct child child;
	const char *line = child.error;

	child_run_self(&child, roles[_i].name, NULL);
	ck_assert_str_ne(line, "");
	for (; *line != '\0'; line = strchr(line, '\n') + 1) {
		ck_assert_msg(names_invariant(line), "%s", line);
		ck_assert_ptr_nonnull(strchr(line, '\n'));
	}
}
END_TEST

/*
 * Short lives, one behind the other: each thread makes blocks, frees half of
 * its predecessor's, which are in a heap that it may have got, and ends, so
 * that others get spans with room in them.
 */

#define LIFE_BLOCKS 300
#define CHECK_ROUNDS 4000

static void *
live_shortly(void *arg)
{
	void **blocks = arg;
	uint64_t random = (uintptr_t)blocks[0];

	for (size_t i = 0; i < LIFE_BLOCKS; i++) {
		if (i % 2 == 0 || blocks[i] == NULL) {
			memalloc_free(blocks[i]);
			blocks[i] = memalloc_malloc(next_random(&random) %
			                            3000);
		}
	}
	for (size_t i = 1; i < LIFE_BLOCKS; i += 2) {
		memalloc_free(blocks[i]);
		blocks[i] = NULL;
	}
	return NULL;
}

static void *
live_many_times(void *unused)
{
	void *blocks[LIFE_BLOCKS] = { NULL };
	pthread_t thread;

	while (!atomic_load(&churn_is_over)) {
		ck_assert_int_eq(pthread_create(&thread, NULL, live_shortly,
		                                blocks), 0);
		pthread_join(thread, NULL);
	}
	for (size_t i = 0; i < LIFE_BLOCKS; i++) {
		memalloc_free(blocks[i]);
	}
	return unused;
}

START_TEST(a_sound_heap_is_sound_whatever_other_threads_do)
{
	pthread_t threads[2];
	/* Enough with a sanitizer, and on slow machines. */
	time_t end = time(NULL) + 5;

	churn_start(2, CHURN_SLOTS);
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
		                                live_many_times, NULL), 0);
	}
	for (int round = 0; round < CHECK_ROUNDS && time(NULL) < end; round++) {
		ck_assert_int_eq(memalloc_check(), 0);
	}
	churn_end();
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
		pthread_join(threads[i], NULL);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("check");
	TCase *tcase = add_case(suite, "check", 60);
	int status;

	if (child_play(argc, argv, roles, ARRAY_LENGTH(roles), &status)) {
		return status;
	}
	tcase_add_test(tcase, a_sound_heap_has_no_violation_and_no_line);
	tcase_add_loop_test(tcase,
	                    damage_is_counted_and_described_line_by_line, 1,
	                    ARRAY_LENGTH(roles));
	tcase_add_loop_test(tcase, each_line_names_its_invariant, 1,
	                    ARRAY_LENGTH(roles));
	tcase_add_test(tcase, a_sound_heap_is_sound_whatever_other_threads_do);
	return run_suite(suite);
}
