/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_while_walking.c - another thread walks the heap when this one
 * forks.  The walk goes on in the parent only: the child, which has nobody to
 * wait for, gives memory back as ever.
 */
#include <sys/wait.h>

#include "program.h"
#include "under_test.h"

/* Where another malloc serves the C library, that may have moved the break
   since: only the mapping goes back then. */
#ifdef TEST_PREFIXED_ONLY
#define RETURNED (100 * MIB)
#else
#define RETURNED (110 * MIB)
#endif

static atomic_bool is_walking, stop;

static int
stay(const struct memalloc_record *record, void *arg)
{
	(void)record, (void)arg;
	atomic_store(&is_walking, true);
	while (!atomic_load(&stop)) {
		usleep(1000);
	}
	return 1;
}

static void *
walk(void *argument)
{
	CHECK(memalloc_walk(stay, NULL) == 1);
	return argument;
}

int
main(void)
{
	void *huge = t_malloc(100 * MIB), *large = t_malloc(10 * MIB);
	pthread_t walker;
	pid_t child;
	int status;

	if (THREAD_SANITIZED) {
		printf("skipped: ThreadSanitizer reports what is tried\n");
		return EXIT_SKIPPED;
	}
	CHECK(huge != NULL && large != NULL);
	walker = thread_start(walk, NULL);
	while (!atomic_load(&is_walking)) {
		usleep(1000);
	}
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		size_t before = t_heap_bytes();

		t_free(huge);
		t_free(large);
		t_trim(0);
		CHECK(t_heap_bytes() <= before - RETURNED,
		      "%zu bytes of %zu", t_heap_bytes(), before);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "status %#x", status);
	atomic_store(&stop, true);
	thread_join(walker);
	t_free(huge);
	t_free(large);
	CHECK(t_check() == 0);
	return 0;
}
