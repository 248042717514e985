/* SPDX-License-Identifier: MIT */
/*
 * api_trim.c - the contract of malloc_trim and memalloc_trim.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "names.h"
#include "util.h"

/*
 * Resident bytes of the process.  Not of statm, where the kernel may be wrong
 * by 64 pages for each thread: 4 MiB where they are of 64 KiB.
 */
static size_t
resident(void)
{
	char text[200] = "", *line;
	unsigned long kib = 0;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(read(fd, text, sizeof(text) - 1), 0);
	close(fd);
	line = strstr(text, "Rss:");
	ck_assert_ptr_nonnull(line);
	ck_assert_int_eq(sscanf(line, "Rss: %lu kB", &kib), 1);
	return kib * KIB;
}

#define MANY 100000

static void *many[MANY];

static void
take_many(const struct names *name, size_t size)
{
	for (size_t i = 0; i < MANY; i++) {
		many[i] = name->malloc(size);
		memset(opaque(many[i]), 1, size);
	}
}

START_TEST(freed_small_blocks_leave_the_resident_set)
{
	const struct names *name = &names[_i];
	static const size_t size[] = { 48, 400 };

	for (size_t s = 0; s < ARRAY_LENGTH(size); s++) {
		size_t before, full, trimmed;

		memset(many, 0, sizeof(many));
		name->trim(0);
		before = resident();
		take_many(name, size[s]);
		full = resident();
		REQUIRE(full > before + MANY * size[s] * 3 / 4, "%zu to %zu",
		        before, full);
		for (size_t i = 0; i < MANY; i++) {
			name->free(many[i]);
		}
		errno = 77;
		REQUIRE(name->trim(0) == 1, "size %zu", size[s]);
		REQUIRE(errno == 77, "errno %d", errno);
		trimmed = resident();
		/* ThreadSanitizer keeps its notes of what was there. */
		REQUIRE(trimmed < before + MANY * size[s] / 8 + MIB ||
		                THREAD_SANITIZED || is_emulated(),
		        "before %zu, full %zu, trimmed %zu", before, full,
		        trimmed);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(free_pages_between_live_blocks_are_given_back)
{
	const struct names *name = &names[_i];
	size_t full, trimmed;

	take_many(name, 400);
	full = resident();
	/* Every 5000th block, about 2 MiB, lives on. */
	for (size_t i = 0; i < MANY; i++) {
		if (i % 5000 != 0) {
			name->free(many[i]);
		}
	}
	ck_assert_int_eq(name->trim(0), 1);
	trimmed = resident();
	REQUIRE(trimmed < full - 35 * MIB || is_emulated(),
	        "full %zu, trimmed %zu", full, trimmed);
	for (size_t i = 0; i < MANY; i += 5000) {
		REQUIRE(is_filled(many[i], 400, 1), "block %zu", i);
		name->free(many[i]);
	}
}
END_TEST

START_TEST(a_second_trim_finds_nothing)
{
	const struct names *name = &names[_i];

	name->free(name->malloc(10 * MIB));
	name->trim(0);
	ck_assert_int_eq(name->trim(0), 0);
}
END_TEST

START_TEST(trim_lowers_the_break_but_for_the_pad)
{
	const struct names *name = &names[_i];
	char *before, *full, *padded, *trimmed;
	int first, second;
	void *p;

	/* Its builds lack the standard names, and have a second thread from
	   the start: mappings stand in for the break (os_break.c, K3). */
	if (THREAD_SANITIZED)
		return;
	/* No ck_assert before all is measured: it allocates. */
	name->trim(0);
	before = sbrk(0);
	p = name->malloc(30 * MIB);
	full = sbrk(0);
	memset(opaque(p), 1, 30 * MIB);
	name->free(p);
	first = name->trim(8 * MIB);
	padded = sbrk(0);
	second = name->trim(0);
	trimmed = sbrk(0);
	ck_assert_int_eq(first, 1);
	ck_assert_int_eq(second, 1);
	ck_assert(full >= before + 20 * MIB);
	ck_assert(padded >= before + 8 * MIB - MIB);
	ck_assert(padded < full - 10 * MIB);
	ck_assert(trimmed <= before + MIB);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(a_pad_beyond_the_heap_lowers_nothing)
{
	const struct names *name = &names[_i];
	void *before;

	name->free(name->malloc(10 * MIB));
	before = sbrk(0);
	name->trim(SIZE_MAX);
	ck_assert_ptr_eq(sbrk(0), before);
	name->trim(PTRDIFF_MAX);
	ck_assert_ptr_eq(sbrk(0), before);
}
END_TEST

START_TEST(live_blocks_survive_a_trim)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t size;
	} slot[2000];
	uint64_t random = 13;

	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
			if (slot[i].p != NULL && next_random(&random) % 3) {
				continue;
			}
			name->free(slot[i].p);
			slot[i].size = next_random(&random) %
			               (i % 50 == 0 ? 200000 : 2000);
			slot[i].p = name->malloc(slot[i].size);
			fill(slot[i].p, slot[i].size, (unsigned)i);
		}
		name->trim((size_t)round * 100000);
		for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
			REQUIRE(holds(slot[i].p, slot[i].size, (unsigned)i),
			        "round %d, block %zu", round, i);
		}
		REQUIRE(memalloc_check() == 0, "round %d", round);
	}
}
END_TEST

static void *
free_many(void *arg)
{
	const struct names *name = arg;

	for (size_t i = 0; i < MANY; i++) {
		name->free(many[i]);
	}
	return NULL;
}

START_TEST(blocks_freed_by_an_ended_thread_are_given_back)
{
	const struct names *name = &names[_i];
	pthread_t thread;
	size_t full, trimmed;

	take_many(name, 400);
	full = resident();
	ck_assert_int_eq(pthread_create(&thread, NULL, free_many,
	                                (void *)name), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(name->trim(0), 1);
	trimmed = resident();
	REQUIRE(trimmed < full - 36 * MIB || THREAD_SANITIZED || is_emulated(),
	        "full %zu, trimmed %zu", full, trimmed);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("trim");
	TCase *tcase = add_case(suite, "trim", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(freed_small_blocks_leave_the_resident_set);
	ADD(free_pages_between_live_blocks_are_given_back);
	ADD(a_second_trim_finds_nothing);
	ADD(trim_lowers_the_break_but_for_the_pad);
	ADD(a_pad_beyond_the_heap_lowers_nothing);
	ADD(live_blocks_survive_a_trim);
	ADD(blocks_freed_by_an_ended_thread_are_given_back);
	return run_suite(suite);
}
