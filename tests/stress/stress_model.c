/* SPDX-License-Identifier: MIT */
/*
 * stress_model.c - random calls of every allocation function by one thread,
 * compared with a reference model (model.h).
 *
 * Environment: SEED (default: from the clock) and STEPS (default 200 000)
 * replay a run; CHECK_EVERY (default 2 000) calls memalloc_check, and the
 * walkers, every so many steps.
 */
#include <inttypes.h>

#include "model_steps.h"

#ifndef TEST_STANDARD_NAMES
/* What memalloc_walk must find: each live block of the model, once. */
static size_t walked_live;
static const void *walked_last;

static int
visit(const struct memalloc_record *record, void *argument)
{
	struct model *model = argument;

	if (record->kind != MEMALLOC_RECORD_BLOCK ||
	    record->state != MEMALLOC_STATE_LIVE) {
		return 0;
	}
	MODEL_CHECK(model, (uintptr_t)record->address >
	                           (uintptr_t)walked_last,
	            "the walk goes back to %p", record->address);
	walked_last = record->address;
	size_t at = model_find(model, record->address);
	if (at < model->count && model->blocks[at].p == record->address) {
		MODEL_CHECK(model, record->size >= model->blocks[at].usable,
		            "%p is walked with %zu bytes", record->address,
		            record->size);
		walked_live++;
	}
	return 0;
}

/* Blocks without any room, which the hardened build has, may not be walked. */
static size_t
empty_blocks(const struct model *model)
{
	size_t n = 0;

	for (size_t i = 0; i < model->count; i++) {
		n += model->blocks[i].usable == 0;
	}
	return n;
}

static void
walk_finds_all(struct model *model)
{
	walked_live = 0;
	walked_last = NULL;
	MODEL_CHECK(model, memalloc_walk(visit, model) == 0);
	MODEL_CHECK(model, walked_live <= model->count &&
	            walked_live + empty_blocks(model) >= model->count,
	            "walked %zu live blocks of %zu", walked_live,
	            model->count);
}

static void
figures_add_up(struct model *model)
{
	struct memalloc_stats stats;

	MODEL_CHECK(model, memalloc_stats(&stats, sizeof(stats)) == 0);
	MODEL_CHECK(model,
	            stats.heap == stats.live + stats.cached + stats.free +
	                                  stats.uncarved + stats.slack,
	            "heap %zu = live %zu + cached %zu + free %zu + "
	            "uncarved %zu + slack %zu", stats.heap, stats.live,
	            stats.cached, stats.free, stats.uncarved, stats.slack);
	MODEL_CHECK(model, stats.live >= model->bytes, "live %zu of %zu",
	            stats.live, model->bytes);
}
#else
static void
walk_finds_all(struct model *model)
{
	(void)model;
}

static void
figures_add_up(struct model *model)
{
	(void)model;
}
#endif

int
main(void)
{
	uint64_t steps_wanted =
		number_from("STEPS", SANITIZED ? 20000 : 200000);
	uint64_t check_every = number_from("CHECK_EVERY", 2000);
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct model *model;

	model_seed = number_from("SEED", (uint64_t)time(NULL) * 1000003u +
	                                         (uint64_t)getpid());
	printf("stress_model: SEED=%#" PRIx64 " STEPS=%" PRIu64 "\n",
	       model_seed, steps_wanted);
	fflush(stdout);
	model = model_new(model_seed);
	while (model->steps < steps_wanted) {
		model_step(model);
		if (model->steps % check_every == 0) {
			MODEL_CHECK(model, t_check() == 0);
			figures_add_up(model);
			walk_finds_all(model);
		}
		if (model->steps % (10 * check_every) == 0) {
			model_verify_all(model);
			MODEL_CHECK(model, t_print_heap(null) == 0);
			t_trim(random_below(&model->random, MIB));
			model_verify_all(model);
		}
	}
	model_verify_all(model);
	model_free_all(model);
	MODEL_CHECK(model, t_check() == 0);
	t_trim(0);
	MODEL_CHECK(model, t_check() == 0);
	return 0;
}
