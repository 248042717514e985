/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_while_ending.c - this thread forks while others end, or trim:
 * what their heaps let go at that instant is not lost in the child, which finds
 * its heap sound, and can use it.
 */
#include <sys/wait.h>

#include "program.h"
#include "under_test.h"

#define BLOCKS 120

static atomic_bool stop;

static void
fill_and_free(void)
{
	void *blocks[BLOCKS];

	for (size_t size = 40; size < 4000; size += size / 4) {
		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = t_malloc(size);
		}
		for (size_t i = 0; i < BLOCKS; i++) {
			t_free(blocks[i]);
		}
	}
}

static void *
live_shortly(void *trims)
{
	fill_and_free();
	if (trims != NULL) {
		t_trim(0);
	}
	return NULL;
}

static void *
begin_and_end(void *trims)
{
	while (!atomic_load(&stop)) {
		thread_join(thread_start(live_shortly, trims));
	}
	return NULL;
}

int
main(void)
{
	uint64_t random = 1;
	pthread_t ending, trimming;

	t_free(t_malloc(10));
	ending = thread_start(begin_and_end, NULL);
	trimming = thread_start(begin_and_end, &stop);
	for (size_t i = 0; i < scaled(300); i++) {
		pid_t child;
		int status;

		usleep((unsigned)random_below(&random, 3000));
		child = fork();
		CHECK(child >= 0);
		if (child == 0) {
			t_trim(0);
			CHECK(t_check() == 0);
			fill_and_free();
			CHECK(t_check() == 0);
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(status == 0, "child %zu: status %#x", i, status);
	}
	atomic_store(&stop, true);
	thread_join(ending);
	thread_join(trimming);
	CHECK(t_check() == 0);
	return 0;
}
