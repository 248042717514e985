/* SPDX-License-Identifier: MIT */
/*
 * thread_forks_at_once.c - several threads fork at the same time, some in
 * handlers that interrupted malloc: what one fork has taken of the heap's
 * locks the other must not give back, or keep for ever.
 */
#include <signal.h>
#include <sys/wait.h>

#include "program.h"
#include "under_test.h"

#define THREADS 3
#define SECONDS 60

static atomic_bool stop;
static _Thread_local volatile sig_atomic_t is_forking;

static void
wait_for(pid_t child)
{
	int status;

	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "status %#x", status);
}

static void
fork_in_handler(int signal)
{
	int saved = errno;
	pid_t child;

	(void)signal;
	if (is_forking) {
		return;
	}
	is_forking = 1;
	child = fork();
	if (child == 0) {
		_exit(0);
	}
	wait_for(child);
	is_forking = 0;
	errno = saved;
}

static void *
be_busy(void *seed)
{
	uint64_t random = (uintptr_t)seed;
	void *row[100];

	while (!atomic_load(&stop)) {
		for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
			row[i] = t_malloc(2000 + random_below(&random, 60000));
		}
		for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
			t_free(row[i]);
		}
	}
	return NULL;
}

static void *
fork_always(void *argument)
{
	while (!atomic_load(&stop)) {
		pid_t child = fork();

		if (child == 0) {
			alarm(SECONDS);
			for (size_t i = 0; i < 50; i++) {
				t_free(t_malloc(1000 * i));
			}
			_exit(0);
		}
		wait_for(child);
	}
	return argument;
}

int
main(void)
{
	struct sigaction action = { .sa_handler = fork_in_handler,
		                    .sa_flags = SA_RESTART };
	pthread_t threads[THREADS], forker;

	/* The sanitizers' own allocators hang where a handler forks. */
	if (SANITIZED || TEST_COVERAGE) {
		printf("skipped: not in a build for sanitizers or gcov\n");
		return EXIT_SKIPPED;
	}
#ifndef __GLIBC__
	/* Held meanwhile: a handler that interrupted malloc waits for it. */
	printf("skipped: this C library has a lock around atfork handlers\n");
	return EXIT_SKIPPED;
#endif
	/* Ends the process if it hangs. */
	alarm(SECONDS);
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	for (size_t i = 0; i < THREADS; i++) {
		threads[i] = thread_start(be_busy, (void *)(i + 1));
	}
	forker = thread_start(fork_always, NULL);
	for (size_t i = 0; i < scaled(1000); i++) {
		usleep(1000);
		CHECK(pthread_kill(threads[i % THREADS], SIGUSR1) == 0);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < THREADS; i++) {
		thread_join(threads[i]);
	}
	thread_join(forker);
	CHECK(t_check() == 0);
	return 0;
}
