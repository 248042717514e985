/* SPDX-License-Identifier: MIT */
/*
 * hostile_exhaustion.c - memory runs out under RLIMIT_AS, under RLIMIT_DATA,
 * and under both, many times in a row.
 *
 * Every refusal is NULL with ENOMEM.  free works while nothing is left.
 * What was freed can be used again at once, for the same and for other
 * sizes: from cycle to cycle the number of blocks that fit must not shrink.
 */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "block.h"

#define ROOM (96 * MIB)
#define CYCLES 20
#define MOST ((size_t)1 << 20)

/* The blocks held: mapped before the limit, so that it takes no room. */
static void **held;

static size_t
data_segment_kib(void)
{
	return status_kib("VmData:");
}

static void
limit(int resource, const char *line)
{
	size_t now = resource == RLIMIT_DATA ? data_segment_kib()
	                                     : status_kib(line);
	struct rlimit limit = { now * KIB + ROOM, now * KIB + ROOM };

	CHECK(now > 0);
	CHECK(setrlimit(resource, &limit) == 0);
}

/* Allocate SIZE until refused; returns how many. */
static size_t
exhaust(size_t size, size_t most)
{
	size_t count = 0;

	while (count < most) {
		unsigned char *p;

		errno = 0;
		p = t_malloc(size);
		if (p == NULL) {
			CHECK(errno == ENOMEM, "errno %d", errno);
			break;
		}
		p[0] = (unsigned char)count;
		p[size - 1] = (unsigned char)(count >> 8);
		held[count++] = p;
	}
	return count;
}

/* While nothing is left: every other door says so too, and nothing moves. */
static void
all_refuse(size_t held_count)
{
	unsigned char *p = held[held_count / 2];
	unsigned char first = p[0];
	void *out = p;

	errno = 0;
	CHECK(t_calloc(1, 64 * MIB) == NULL && errno == ENOMEM);
	errno = 0;
	CHECK(t_realloc(p, 64 * MIB) == NULL && errno == ENOMEM);
	CHECK(p[0] == first);
	errno = 0;
	CHECK(t_memalign(4 * KIB, 64 * MIB) == NULL && errno == ENOMEM);
	CHECK(t_posix_memalign(&out, 64, 64 * MIB) == ENOMEM && out == p);
}

static void
release(size_t count, size_t size)
{
	/* Every second first: free must not need neighbours. */
	for (size_t start = 0; start < 2; start++) {
		for (size_t i = start; i < count; i += 2) {
			unsigned char *p = held[i];

			CHECK(p[0] == (unsigned char)i);
			CHECK(p[size - 1] == (unsigned char)(i >> 8));
			errno = 77;
			t_free(p);
			CHECK(errno == 77, "free changed errno to %d", errno);
		}
	}
}

/* The same size again and again. */
static void
memory_is_usable_again(size_t size)
{
	size_t first = 0;

	for (size_t cycle = 0; cycle < CYCLES; cycle++) {
		size_t count = exhaust(size, MOST);

		CHECK(count * size > ROOM / 2 || count == MOST,
		      "only %zu blocks of %zu", count, size);
		if (count < MOST) {
			all_refuse(count);
		}
		release(count, size);
		first = cycle == 0 ? count : first;
		CHECK(count + count / 20 + 1 >= first,
		      "cycle %zu: %zu blocks of %zu, at first %zu", cycle,
		      count, size, first);
	}
	CHECK(t_check() == 0);
}

/* Sizes in turn: what one left must serve the next. */
static void
memory_is_usable_for_other_sizes(void)
{
	static const size_t sizes[] = { 48, 100000, 700, 3 * MIB, 64,
		                        20 * MIB, 5000, 40 * MIB, 200 };

	for (size_t i = 0; i < 2 * ARRAY_LENGTH(sizes); i++) {
		size_t size = sizes[i % ARRAY_LENGTH(sizes)];
		size_t count = exhaust(size, MOST);

		CHECK(count * size >= ROOM / 3 || count == MOST,
		      "only %zu blocks of %zu", count, size);
		release(count, size);
		CHECK(t_check() == 0);
	}
}

static void *
exhaust_in_thread(void *argument)
{
	uint64_t random = (uintptr_t)argument;
	struct block row[400];

	for (size_t cycle = 0; cycle < 30; cycle++) {
		size_t count = 0, n = 0;

		for (; n < 100000 && count < ARRAY_LENGTH(row); n++) {
			size_t size = random_size(&random, 21);
			void *p = t_malloc(size);

			if (p == NULL) {
				CHECK(errno == ENOMEM, "errno %d", errno);
				break;
			}
			pattern_fill(p, size, n);
			row[count++] = (struct block){ p, size, n };
		}
		while (count > 0) {
			block_end(&row[--count]);
		}
	}
	return NULL;
}

static void
threads_compete(void)
{
	pthread_t threads[4];

	for (size_t t = 0; t < 4; t++) {
		threads[t] = thread_start(exhaust_in_thread, (void *)(t + 1));
	}
	for (size_t t = 0; t < 4; t++) {
		thread_join(threads[t]);
	}
	CHECK(t_check() == 0);
}

static void
small_as(void)
{
	limit(RLIMIT_AS, "VmSize:");
	memory_is_usable_again(200);
}

static void
large_as(void)
{
	limit(RLIMIT_AS, "VmSize:");
	memory_is_usable_again(300000);
}

static void
huge_as(void)
{
	limit(RLIMIT_AS, "VmSize:");
	memory_is_usable_again(33 * MIB);
}

static void
mixed_as(void)
{
	limit(RLIMIT_AS, "VmSize:");
	memory_is_usable_for_other_sizes();
}

static void
small_data(void)
{
	limit(RLIMIT_DATA, NULL);
	memory_is_usable_again(200);
}

static void
large_data(void)
{
	limit(RLIMIT_DATA, NULL);
	memory_is_usable_again(300000);
}

static void
mixed_data(void)
{
	limit(RLIMIT_DATA, NULL);
	memory_is_usable_for_other_sizes();
}

static void
threads_both(void)
{
	limit(RLIMIT_DATA, NULL);
	limit(RLIMIT_AS, "VmSize:");
	/* Room for the stacks is part of the limit; smaller ones fit. */
	threads_compete();
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "small blocks, RLIMIT_AS", small_as },
	{ "large blocks, RLIMIT_AS", large_as },
	{ "huge blocks, RLIMIT_AS", huge_as },
	{ "changing sizes, RLIMIT_AS", mixed_as },
	{ "small blocks, RLIMIT_DATA", small_data },
	{ "large blocks, RLIMIT_DATA", large_data },
	{ "changing sizes, RLIMIT_DATA", mixed_data },
	{ "four threads, both limits", threads_both },
};

int
main(void)
{
	if (SANITIZED) {
		printf("skipped: a sanitizer needs its address space\n");
		return EXIT_SKIPPED;
	}
	if (is_emulated()) {
		printf("skipped: the emulator keeps limits of memory from the "
		       "system\n");
		return EXIT_SKIPPED;
	}
	held = mmap(NULL, MOST * sizeof(*held), PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(held != MAP_FAILED);
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		pid_t child = fork();
		int status;

		CHECK(child >= 0);
		if (child == 0) {
			alarm(120);
			cases[i].run();
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(status == 0, "%s: status %#x", cases[i].name, status);
		printf("ok: %s\n", cases[i].name);
		fflush(stdout);
	}
	return 0;
}
