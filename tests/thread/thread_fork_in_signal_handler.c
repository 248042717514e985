/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_in_signal_handler.c - fork from a handler that interrupted
 * malloc, which POSIX allowed until 2024 and programs do.
 *
 * A timer interrupts the main thread, which allocates without a pause, alone
 * and beside a second busy thread.  The handler forks; the child only exits
 * or executes.  The fork must neither hang nor spoil the parent's heap.
 * (glibc's tst-mallocfork2 is the model of the first part; the second is more
 * than glibc itself can do.)
 */
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "block.h"

#define HELD 256
#define DEADLINE_SECONDS 40

static volatile sig_atomic_t forks, forks_wanted;
static atomic_bool stop;

/* The next interruption; one at a time, or slow forks leave no time for work
   in between. */
static void
set_timer(void)
{
	const struct itimerval timer = { { 0, 0 }, { 0, 1000 } };

	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void
fork_in_handler(int signal)
{
	int saved = errno;
	pid_t child;
	int status;

	(void)signal;
	child = fork();
	if (child == 0) {
		if (forks % 4 == 0) {
			execl("/bin/true", "true", (char *)NULL);
		}
		_exit(0);
	}
	CHECK(child > 0);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "status %#x", status);
	forks++;
	if (forks < forks_wanted) {
		set_timer();
	}
	errno = saved;
}

static void
churn(uint64_t *random, struct block *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct block *block = &row[random_below(random, HELD)];

		if (block->p != NULL) {
			block_end(block);
		}
		*block = block_make(random_size(random, 14), i);
	}
}

static void *
be_busy(void *argument)
{
	struct block row[HELD] = { 0 };
	uint64_t random = 9;
	sigset_t alarm_only;

	(void)argument;
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &alarm_only, NULL);
	while (!atomic_load(&stop)) {
		churn(&random, row, 100);
	}
	block_end_all(row, HELD);
	return NULL;
}

/* Ends the process, with a message, if the test hangs. */
static void *
watch(void *argument)
{
	sigset_t all;

	(void)argument;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	for (int i = 0; i < DEADLINE_SECONDS * 10; i++) {
		usleep(100000);
		if (atomic_load(&stop)) {
			return NULL;
		}
	}
	CHECK(false, "hangs after %d forks", (int)forks);
	return NULL;
}

static void
interrupt_until(int count)
{
	static struct block row[HELD];
	uint64_t random = 3;

	forks = 0;
	forks_wanted = count;
	set_timer();
	while (forks < count) {
		churn(&random, row, 100);
	}
	block_end_all(row, HELD);
	CHECK(t_check() == 0);
}

int
main(void)
{
	struct sigaction action = { .sa_handler = fork_in_handler,
		                    .sa_flags = SA_RESTART };
	int count = (int)scaled(200);
	pthread_t busy, watcher;

	if (THREAD_SANITIZED || TEST_COVERAGE) {
		printf("skipped: not in a build for ThreadSanitizer or gcov\n");
		return EXIT_SKIPPED;
	}
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	/* One thread: nothing to watch a hang but the caller's time limit. */
	interrupt_until(count);
	watcher = thread_start(watch, NULL);
	busy = thread_start(be_busy, NULL);
	interrupt_until(count);
	atomic_store(&stop, true);
	thread_join(busy);
	thread_join(watcher);
	return 0;
}
