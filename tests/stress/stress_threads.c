/* SPDX-License-Identifier: MIT */
/*
 * stress_threads.c - stress_model by several threads that hand blocks to one
 * another: each has its own model, and puts blocks into, or takes them from,
 * a common pool.  Threads end and new ones go on with their models, so blocks
 * also outlive their heap's first owner.
 *
 * Environment: SEED, STEPS (of each thread, default 60 000), THREADS
 * (default 4), CHECK_EVERY: as for stress_model.  With several threads a seed
 * replays the calls, not their interleaving.
 */
#include <inttypes.h>

#include "model_steps.h"

#define THREADS_MOST 64
#define POOL 512
#define LIFE 5000 /* Steps that a thread makes before it ends. */

static struct {
	pthread_mutex_t mutex;
	struct model_block blocks[POOL];
	size_t count;
} pool = { .mutex = PTHREAD_MUTEX_INITIALIZER };

static struct model *models[THREADS_MOST];
static uint64_t steps_wanted, check_every;
static atomic_size_t handed_over;

/* Hand a block to whoever takes it. */
static void
give(struct model *model)
{
	pthread_mutex_lock(&pool.mutex);
	if (model->count > 0 && pool.count < POOL) {
		pool.blocks[pool.count++] =
			model_remove(model, model_pick(model));
		atomic_fetch_add(&handed_over, 1);
	}
	pthread_mutex_unlock(&pool.mutex);
}

static void
take(struct model *model)
{
	struct model_block block = { 0 };

	pthread_mutex_lock(&pool.mutex);
	if (pool.count > 0 && model->count < MODEL_BLOCKS - 2) {
		size_t at = random_below(&model->random, pool.count);

		block = pool.blocks[at];
		pool.blocks[at] = pool.blocks[--pool.count];
	}
	pthread_mutex_unlock(&pool.mutex);
	if (block.p != NULL) {
		model_verify(model, &block);
		model_admit(model, &block);
	}
}

static void *
live(void *argument)
{
	struct model *model = argument;
	unsigned long end = model->steps + LIFE;

	while (model->steps < end && model->steps < steps_wanted) {
		model_step(model);
		switch (random_below(&model->random, 8)) {
		case 0:
			give(model);
			break;
		case 1:
			take(model);
			break;
		default:
			break;
		}
		if (model->steps % check_every == 0) {
			MODEL_CHECK(model, t_check() == 0);
		}
		if (model->steps % (5 * check_every) == 0) {
			model_verify_all(model);
			t_trim(0);
		}
	}
	return NULL;
}

int
main(void)
{
	size_t threads_wanted = number_from("THREADS", 4);
	pthread_t threads[THREADS_MOST];

	steps_wanted = number_from("STEPS", SANITIZED ? 5000 : 60000);
	check_every = number_from("CHECK_EVERY", SANITIZED ? 500 : 5000);
	model_seed = number_from("SEED", (uint64_t)time(NULL) * 1000003u +
	                                         (uint64_t)getpid());
	CHECK(threads_wanted >= 1 && threads_wanted <= THREADS_MOST);
	printf("stress_threads: SEED=%#" PRIx64 " STEPS=%" PRIu64
	       " THREADS=%zu\n", model_seed, steps_wanted, threads_wanted);
	fflush(stdout);
	for (size_t t = 0; t < threads_wanted; t++) {
		models[t] = model_new(model_seed + t);
	}
	for (uint64_t done = 0; done < steps_wanted; done += LIFE) {
		for (size_t t = 0; t < threads_wanted; t++) {
			threads[t] = thread_start(live, models[t]);
		}
		for (size_t t = 0; t < threads_wanted; t++) {
			thread_join(threads[t]);
		}
		CHECK(t_check() == 0, "SEED=%#llx after %llu steps",
		      (unsigned long long)model_seed,
		      (unsigned long long)done);
	}
	while (pool.count > 0) {
		model_verify(models[0], &pool.blocks[--pool.count]);
		t_free(pool.blocks[pool.count].p);
	}
	for (size_t t = 0; t < threads_wanted; t++) {
		model_verify_all(models[t]);
		model_free_all(models[t]);
	}
	CHECK(t_check() == 0);
	t_trim(0);
	CHECK(t_check() == 0);
	printf("handed over %zu blocks\n", atomic_load(&handed_over));
	return 0;
}
