/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_while_checking.c - a handler that interrupted memalloc_check
 * forks: the child has lost no heap of another thread, so that what it frees of
 * theirs is given back.
 */
#include <memalloc.h>

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "program.h"

#define BLOCKS 6000
#define SIZE 200
#define ROUNDS 100

static void *block[BLOCKS];
static pthread_barrier_t both;
static volatile sig_atomic_t child = -1;

static void
fork_in_handler(int signal)
{
	(void)signal;
	child = fork();
}

static void *
hold_blocks(void *argument)
{
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = memalloc_malloc(SIZE);
	}
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both);
	return argument;
}

/* Bytes of spans that are used. */
static size_t
used(void)
{
	struct memalloc_stats stats;

	CHECK(memalloc_stats(&stats, sizeof(stats)) == 0);
	return stats.live + stats.cached;
}

static void
be_child(void)
{
	size_t before = used();

	CHECK(before >= BLOCKS * SIZE);
	for (size_t i = 0; i < BLOCKS; i++) {
		memalloc_free(block[i]);
	}
	/* Once to send what was gathered, once to take it in. */
	memalloc_trim(0);
	memalloc_trim(0);
	CHECK(memalloc_check() == 0);
	CHECK(used() < before - BLOCKS * SIZE / 2, "%zu bytes, then %zu",
	      before, used());
	_exit(0);
}

int
main(void)
{
	struct sigaction action = { .sa_handler = fork_in_handler,
		                    .sa_flags = SA_RESTART };
	uint64_t random = 5;
	pthread_t holder;
	int status;

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(pthread_barrier_init(&both, NULL, 2) == 0);
	memalloc_free(memalloc_malloc(SIZE));
	holder = thread_start(hold_blocks, NULL);
	pthread_barrier_wait(&both);
	for (int i = 0; i < ROUNDS; i++) {
		struct itimerval timer = { 0 };

		timer.it_value.tv_usec =
			(suseconds_t)(50 + random_below(&random, 2000));
		child = -1;
		CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
		while (child == -1) {
			CHECK(memalloc_check() == 0);
		}
		if (child == 0) {
			be_child();
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(status == 0, "child %d: status %#x", i, status);
	}
	pthread_barrier_wait(&both);
	thread_join(holder);
	return 0;
}
