/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_handlers_allocate.c - atfork handlers of the program allocate.
 *
 * The program's own handlers, registered before the first allocation and
 * after it, allocate and free in prepare, parent and child while two threads
 * are busy; so they run with and without the library's locks held.  Fork is
 * also called from within a handler (guarded against itself) where that can be:
 * musl has a lock around them.
 */
#include <signal.h>
#include <sys/wait.h>

#include "block.h"

#define BUSY 2
#define HANDLERS 3
#define HELD 64

static struct block held[HANDLERS][HELD];
static atomic_bool stop;
#ifdef __GLIBC__
static bool in_handler_fork;
#else
static bool in_handler_fork = true;
#endif

static void
allocate_in_handler(unsigned n)
{
	for (size_t i = 0; i < HELD; i++) {
		if (held[n][i].p == NULL) {
			held[n][i] = block_make(1 + i * i * (n + 1), i);
		}
	}
}

static void
free_in_handler(unsigned n)
{
	for (size_t i = 0; i < HELD; i += 2) {
		if (held[n][i].p != NULL) {
			block_end(&held[n][i]);
		}
	}
}

/* Fork within a handler: once, or it would not end. */
static void
fork_in_handler(void)
{
	pid_t child;
	int status;

	if (in_handler_fork) {
		return;
	}
	in_handler_fork = true;
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		struct block block;

		alarm(60);
		block = block_make(5000, 1);
		block_end(&block);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "status %#x of a fork in a handler", status);
	in_handler_fork = false;
}

static void prepare_0(void) { allocate_in_handler(0); }
static void prepare_1(void) { allocate_in_handler(1); }
static void prepare_2(void) { allocate_in_handler(2); }
static void after_0(void) { free_in_handler(0); }
static void after_1(void) { free_in_handler(1); }
static void after_2(void) { free_in_handler(2); }

static void
parent_2(void)
{
	after_2();
	fork_in_handler();
}

static void *
be_busy(void *argument)
{
	uint64_t random = (uintptr_t)argument;

	while (!atomic_load(&stop)) {
		struct block row[HELD];

		for (size_t i = 0; i < HELD; i++) {
			row[i] = block_make(random_size(&random, 13), i);
		}
		for (size_t i = 0; i < HELD; i++) {
			block_end(&row[i]);
		}
	}
	return NULL;
}

int
main(void)
{
	pthread_t threads[BUSY];
	size_t count = scaled(150);

	CHECK(pthread_atfork(prepare_0, after_0, after_0) == 0);
	t_free(t_malloc(100));
	CHECK(pthread_atfork(prepare_1, after_1, after_1) == 0);
	CHECK(pthread_atfork(prepare_2, parent_2, after_2) == 0);

	for (size_t t = 0; t < BUSY; t++) {
		threads[t] = thread_start(be_busy, (void *)(t + 1));
	}
	for (size_t i = 0; i < count; i++) {
		pid_t child = fork();
		int status;

		CHECK(child >= 0);
		if (child == 0) {
			alarm(60);
			for (unsigned n = 0; n < HANDLERS; n++) {
				allocate_in_handler(n);
				free_in_handler(n);
			}
			CHECK(t_check() == 0, "in the child");
			_exit(0);
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(status == 0, "status %#x", status);
	}
	atomic_store(&stop, true);
	for (size_t t = 0; t < BUSY; t++) {
		thread_join(threads[t]);
	}
	CHECK(t_check() == 0);
	return 0;
}
