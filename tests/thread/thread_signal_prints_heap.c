/* SPDX-License-Identifier: MIT */
/*
 * thread_signal_prints_heap.c - a signal handler prints the heap while all
 * threads, the interrupted one among them, allocate and free.
 *
 * memalloc_print_heap promises to be async-signal-safe: no lock, no
 * allocation, no crash whatever moves.  Another thread verifies and walks at
 * the same time.
 */
#include <signal.h>
#include <sys/time.h>

#include "block.h"

#define THREADS 4
#define HELD 512

static int null = -1;
static atomic_size_t printed;
static atomic_bool stop;
static atomic_size_t passes;

/* The next signal; one at a time, or slow prints leave no time for work. */
static void
set_timer(void)
{
	const struct itimerval timer = { { 0, 0 }, { 0, 2000 } };

	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void
print_in_handler(int signal)
{
	int saved = errno;

	(void)signal;
	CHECK(t_print_heap(null) == 0, "errno %d", errno);
	atomic_fetch_add(&printed, 1);
	if (!atomic_load(&stop)) {
		set_timer();
	}
	errno = saved;
}

static void *
churn(void *argument)
{
	struct block row[HELD] = { 0 };
	uint64_t random = (uintptr_t)argument;

	while (!atomic_load(&stop)) {
		for (size_t i = 0; i < 200; i++) {
			struct block *block = &row[random_below(&random, HELD)];

			if (block->p == NULL) {
				*block = block_make(random_size(&random, 16),
				                    next_random(&random));
			} else if (random_below(&random, 3) == 0) {
				block_resize(block, random_size(&random, 17));
			} else {
				block_end(block);
			}
		}
		if (random_below(&random, 50) == 0) {
			struct block huge = block_make(35 * MIB, 1);

			block_end(&huge);
			t_trim(0);
		}
		atomic_fetch_add(&passes, 1);
	}
	block_end_all(row, HELD);
	return NULL;
}

static void *
print_always(void *argument)
{
	(void)argument;
	while (!atomic_load(&stop)) {
		CHECK(t_print_heap(null) == 0, "errno %d", errno);
	}
	return NULL;
}

int
main(void)
{
	struct sigaction action = { .sa_handler = print_in_handler,
		                    .sa_flags = SA_RESTART };
	double end = seconds_now() + 3.0 * (double)number_from("SCALE", 1);
	pthread_t threads[THREADS + 1];

	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	CHECK(null >= 0);
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	for (size_t t = 0; t < THREADS; t++) {
		threads[t] = thread_start(churn, (void *)(t + 1));
	}
	threads[THREADS] = thread_start(print_always, NULL);
	set_timer();
	/* Where there is much else to do, the first takes longer. */
	while (seconds_now() < end || atomic_load(&printed) == 0) {
		usleep(20000);
	}
	atomic_store(&stop, true);
	for (size_t t = 0; t <= THREADS; t++) {
		thread_join(threads[t]);
	}
	printf("printed %zu times in handlers, %zu passes\n",
	       atomic_load(&printed), atomic_load(&passes));
	CHECK(t_check() == 0);
	return 0;
}
