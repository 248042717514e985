/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_while_allocating.c - fork while other threads allocate.
 *
 * Four busy threads allocate and free without a pause; the main thread, and
 * in the second part all of them, fork.  Each child verifies what it
 * inherited, frees it, allocates anew (also in threads of its own, also in a
 * grandchild), checks the heap, and exits or executes another program.  A
 * child that hangs is ended by its alarm and fails the test.
 */
#include <signal.h>
#include <sys/wait.h>

#include "block.h"

#define BUSY 4
#define HELD 300
#define CHILD_SECONDS 60

static atomic_bool stop;

/* Fill and empty ROW at random, COUNT times. */
static void
churn(struct block *row, size_t count, uint64_t *random)
{
	for (size_t i = 0; i < count; i++) {
		struct block *block = &row[random_below(random, HELD)];

		if (block->p == NULL) {
			*block = block_make(random_size(random, 14),
			                    next_random(random));
		} else if (random_below(random, 4) == 0) {
			block_resize(block, random_size(random, 15));
		} else {
			block_end(block);
		}
	}
}

static void *
churn_in_thread_of_child(void *argument)
{
	struct block row[HELD] = { 0 };
	uint64_t random = (uintptr_t)argument;

	churn(row, 200, &random);
	block_end_all(row, HELD);
	return NULL;
}

/* The child's part: never returns.  ROW is what the forking thread held. */
static void
be_child(struct block *row, unsigned kind, uint64_t random)
{
	alarm(CHILD_SECONDS);
	churn(row, 500, &random);
	/* The sanitizers' own allocators do not stand threads in the child of
	   a threaded process: a lock taken by another thread stays taken. */
	if ((SANITIZED || is_emulated()) && kind % 5 == 1) {
		kind++;
	}
	switch (kind % 5) {
	case 0:
		execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	case 1: {
		pthread_t threads[3];

		for (size_t t = 0; t < 3; t++) {
			threads[t] = thread_start(churn_in_thread_of_child,
			                          (void *)(t + 1));
		}
		block_end_all(row, HELD);
		for (size_t t = 0; t < 3; t++) {
			thread_join(threads[t]);
		}
		break;
	}
	case 2: {
		pid_t grandchild = fork();
		int status;

		CHECK(grandchild >= 0);
		if (grandchild == 0) {
			churn(row, 500, &random);
			_exit(0);
		}
		block_end_all(row, HELD);
		CHECK(waitpid(grandchild, &status, 0) == grandchild);
		CHECK(status == 0, "grandchild's status %#x", status);
		break;
	}
	case 3: {
		struct block large = block_make(3 * MIB, 3);

		block_resize(&large, 40 * MIB);
		block_end(&large);
		t_trim(0);
		break;
	}
	default:
		break;
	}
	block_end_all(row, HELD);
	CHECK(t_check() == 0, "in the child");
	_exit(0);
}

static void
fork_one(struct block *row, unsigned kind, uint64_t *random)
{
	pid_t child = fork();
	int status;

	CHECK(child >= 0, "fork: %s", strerror(errno));
	if (child == 0) {
		be_child(row, kind, next_random(random));
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM,
	      "a child of kind %u hung", kind % 5);
	CHECK(status == 0, "status %#x of a child of kind %u", status,
	      kind % 5);
}

static void *
be_busy(void *argument)
{
	static struct block rows[BUSY][HELD];
	struct block *row = rows[(uintptr_t)argument];
	uint64_t random = (uintptr_t)argument + 77;

	while (!atomic_load(&stop)) {
		churn(row, 1000, &random);
	}
	block_end_all(row, HELD);
	return NULL;
}

static void
main_forks_beside_busy_threads(void)
{
	static struct block row[HELD];
	pthread_t threads[BUSY];
	uint64_t random = 5;
	size_t count = scaled(150);

	for (size_t t = 0; t < BUSY; t++) {
		threads[t] = thread_start(be_busy, (void *)t);
	}
	for (unsigned i = 0; i < count; i++) {
		churn(row, 100, &random);
		fork_one(row, i, &random);
	}
	atomic_store(&stop, true);
	for (size_t t = 0; t < BUSY; t++) {
		thread_join(threads[t]);
	}
	block_end_all(row, HELD);
}

static void *
fork_in_thread(void *argument)
{
	static struct block rows[BUSY][HELD];
	struct block *row = rows[(uintptr_t)argument];
	uint64_t random = (uintptr_t)argument + 99;
	size_t count = scaled(40);

	for (unsigned i = 0; i < count; i++) {
		churn(row, 1000, &random);
		fork_one(row, i + (unsigned)(uintptr_t)argument, &random);
	}
	block_end_all(row, HELD);
	return NULL;
}

static void
all_threads_fork(void)
{
	threads_run(fork_in_thread, BUSY);
}

int
main(void)
{
	main_forks_beside_busy_threads();
	CHECK(t_check() == 0);
	all_threads_fork();
	CHECK(t_check() == 0);
	return 0;
}
