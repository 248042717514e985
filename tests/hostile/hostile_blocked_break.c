/* SPDX-License-Identifier: MIT */
/*
 * hostile_blocked_break.c - the break cannot grow: a mapping stands right
 * behind it, from the start or from some time on, and may go away again.
 *
 * Each case runs in a child of its own, since a blocked break stays so.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "block.h"

#define HELD 300

static struct block row[HELD];

static void
churn(size_t count, unsigned bits, uint64_t seed)
{
	uint64_t random = seed;

	for (size_t i = 0; i < count; i++) {
		struct block *block = &row[random_below(&random, HELD)];

		if (block->p == NULL) {
			*block = block_make(random_size(&random, bits), i);
		} else if (random_below(&random, 3) == 0) {
			block_resize(block, random_size(&random, bits));
		} else {
			block_end(block);
		}
	}
	CHECK(t_check() == 0);
}

static void
clear(void)
{
	block_end_all(row, HELD);
	CHECK(t_check() == 0);
}

/*
 * Put a page right behind the break; returns it, NULL if there is something
 * already: it may be memalloc's own, or the emulator's, which keeps the pages
 * of a break that was lowered.
 */
static void *
block_break(void)
{
	size_t page = (size_t)getpagesize();
	uintptr_t end = ((uintptr_t)sbrk(0) + page - 1) & ~(page - 1);
	void *p = mmap((void *)end, page, PROT_NONE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	if (p != (void *)end) {
		CHECK(munmap(p, page) == 0);
		return NULL;
	}
	CHECK(sbrk((intptr_t)(2 * page)) == (void *)-1, "not blocked");
	return p;
}

static void
blocked_from_the_start(void)
{
	block_break();
	churn(5000, 22, 1);
	clear();
}

static void
blocked_later(void)
{
	churn(3000, 19, 2);
	block_break();
	churn(5000, 22, 3);
	t_trim(0);
	churn(2000, 22, 4);
	clear();
}

/* A block at the top of the break grows against the obstacle. */
static void
growth_meets_the_obstacle(void)
{
	struct block growing = block_make(100000, 1);

	block_break();
	for (size_t i = 0; i < 300; i++) {
		block_resize(&growing, growing.size + 150000);
	}
	block_resize(&growing, 1000);
	block_end(&growing);
	CHECK(t_check() == 0);
}

static void
the_obstacle_goes_away(void)
{
	size_t page = (size_t)getpagesize();

	for (size_t i = 0; i < 20; i++) {
		void *obstacle = block_break();

		churn(500, 20, i);
		CHECK(obstacle == NULL || munmap(obstacle, page) == 0);
		churn(500, 20, i + 100);
		t_trim(0);
	}
	clear();
}

static void
in_child(void (*run)(void), const char *name)
{
	pid_t child = fork();
	int status;

	CHECK(child >= 0);
	if (child == 0) {
		alarm(is_emulated() ? 600 : 60);
		run();
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "%s: status %#x", name, status);
	printf("ok: %s\n", name);
	fflush(stdout);
}

int
main(void)
{
	in_child(blocked_from_the_start, "blocked_from_the_start");
	in_child(blocked_later, "blocked_later");
	in_child(growth_meets_the_obstacle, "growth_meets_the_obstacle");
	in_child(the_obstacle_goes_away, "the_obstacle_goes_away");
	return 0;
}
