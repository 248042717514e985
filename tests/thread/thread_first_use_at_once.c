/* SPDX-License-Identifier: MIT */
/*
 * thread_first_use_at_once.c - the first calls into the library come from 64
 * threads at the same time, each by another function.
 *
 * The main process never allocates itself; each round is a child in which
 * all threads leave a barrier together.
 */
#include <signal.h>
#include <sys/wait.h>

#include "block.h"

#define THREADS 64

static pthread_barrier_t barrier;

/* The first call of thread N. */
static void *
first_call(size_t n)
{
	void *p = NULL;
	int null;

	switch (n % 12) {
	case 0:
		return t_calloc(10, n);
	case 1:
		return t_realloc(NULL, n * 100);
	case 2:
		return t_memalign(4096, n);
	case 3:
		CHECK(t_posix_memalign(&p, 256, n * 10) == 0);
		return p;
	case 4:
		t_free(NULL);
		return t_malloc(n);
	case 5:
		CHECK(t_usable_size(NULL) == 0);
		return t_malloc(MIB);
	case 6:
		t_trim(0);
		return t_malloc(n);
	case 7:
		null = open("/dev/null", O_WRONLY);
		CHECK(t_print_heap(null) == 0);
		close(null);
		return t_malloc(n);
	case 8:
		return t_malloc(40 * MIB);
	default:
		return t_malloc(1 + n * 37);
	}
}

static void *
work(void *argument)
{
	size_t n = (uintptr_t)argument;
	struct block row[50];
	void *first;

	pthread_barrier_wait(&barrier);
	first = first_call(n);
	CHECK(first != NULL, "in thread %zu", n);
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		row[i] = block_make(1 + i * n * 3, n * 1000 + i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		block_end(&row[i]);
	}
	t_free(first);
	return NULL;
}

static void
all_at_once(void)
{
	pthread_t threads[THREADS];

	alarm(60);
	for (size_t t = 0; t < THREADS; t++) {
		threads[t] = thread_start(work, (void *)t);
	}
	pthread_barrier_wait(&barrier);
	for (size_t t = 0; t < THREADS; t++) {
		thread_join(threads[t]);
	}
	CHECK(t_check() == 0);
	_exit(0);
}

int
main(void)
{
	size_t rounds = scaled(40);

	CHECK(pthread_barrier_init(&barrier, NULL, THREADS + 1) == 0);
	for (size_t i = 0; i < rounds; i++) {
		pid_t child = fork();
		int status;

		CHECK(child >= 0);
		if (child == 0) {
			all_at_once();
		}
		CHECK(waitpid(child, &status, 0) == child);
		CHECK(status == 0, "status %#x in round %zu", status, i);
	}
	return 0;
}
