/* SPDX-License-Identifier: MIT */
/*
 * churn.h - threads that allocate and free without a pause, for tests that
 * look at the heap meanwhile.
 *
 * A churning thread holds 100 slots, each with a block or empty.  Every
 * PERIOD-th slot is for large blocks, the others are for small ones.
 */
#ifndef TEST_CHURN_H
#define TEST_CHURN_H

#include <pthread.h>
#include <stdatomic.h>

#include "memalloc.h"
#include "util.h"

#define CHURN_SLOTS 100
#define CHURN_THREADS_MOST 3

struct churn_thread {
	pthread_t id;
	uint64_t seed;
	size_t period;
};

static struct churn_thread churn_threads[CHURN_THREADS_MOST];
static size_t churn_count;
/* Set by churn_end; a test's own threads may end by it as well. */
static atomic_bool churn_is_over;

/* Free what one of the SLOTS slots holds, and put another block there. */
__attribute__((unused)) static void
churn_one(void **slot, size_t slots, size_t period, uint64_t *random)
{
	size_t i = next_random(random) % slots;

	memalloc_free(slot[i]);
	slot[i] = memalloc_malloc(next_random(random) %
	                          (i % period == 0 ? 300000 : 3000));
}

static void *
churn_run(void *arg)
{
	const struct churn_thread *self = arg;
	void *slot[CHURN_SLOTS] = { NULL };
	uint64_t random = self->seed;

	while (!atomic_load(&churn_is_over)) {
		churn_one(slot, CHURN_SLOTS, self->period, &random);
	}
	for (size_t i = 0; i < CHURN_SLOTS; i++) {
		memalloc_free(slot[i]);
	}
	return NULL;
}

/* Let COUNT threads churn until churn_end. */
__attribute__((unused)) static void
churn_start(size_t count, size_t period)
{
	ck_assert_uint_le(count, CHURN_THREADS_MOST);
	atomic_store(&churn_is_over, false);
	churn_count = count;
	for (size_t i = 0; i < count; i++) {
		struct churn_thread *thread = &churn_threads[i];

		thread->seed = i + 1;
		thread->period = period;
		ck_assert_int_eq(pthread_create(&thread->id, NULL, churn_run,
		                                thread), 0);
	}
}

/* Wait for them; their blocks are free then. */
__attribute__((unused)) static void
churn_end(void)
{
	atomic_store(&churn_is_over, true);
	for (size_t i = 0; i < churn_count; i++) {
		pthread_join(churn_threads[i].id, NULL);
	}
}

#endif /* TEST_CHURN_H */
