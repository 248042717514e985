/* SPDX-License-Identifier: MIT */
/*
 * model_steps.h - what a stress test does at random: one function a step,
 * every allocation function at least once, each result entered in the model.
 */
#ifndef TEST_MODEL_STEPS_H
#define TEST_MODEL_STEPS_H

#include "model.h"

/* Mostly small, some large, rarely huge; often at a border. */
static inline size_t
model_size(struct model *model)
{
	uint64_t *random = &model->random;
	size_t size;

	switch (random_below(random, 40)) {
	case 0:
		size = random_size(random, 20);
		break;
	case 1:
		size = 32 * KIB + random_below(random, 200 * KIB);
		break;
	case 2:
		size = random_below(random, 16); /* 0 included. */
		break;
	case 3: /* A doubling or its neighbours. */
		size = ((size_t)16 << random_below(random, 13)) +
		       random_below(random, 3) - 1;
		break;
	case 4:
		size = random_below(random, 100) == 0
			? 30 * MIB + random_below(random, 6 * MIB)
			: random_size(random, 16);
		break;
	default:
		size = random_size(random, 10);
		break;
	}
	return model->bytes + size < MODEL_BYTES ? size : size % 1024;
}

/* An alignment from 1 to 128 KiB, small ones as likely as large. */
static inline size_t
model_alignment(struct model *model)
{
	return (size_t)1 << random_below(&model->random, 18);
}

/* A random live block; the model is not empty. */
static inline size_t
model_pick(struct model *model)
{
	return random_below(&model->random, model->count);
}

static inline void
step_malloc(struct model *model)
{
	size_t size = model_size(model);
	void *p = t_malloc(size);

	MODEL_CHECK(model, p != NULL, "malloc(%zu)", size);
	model_enter(model, p, size, 0, true);
}

static inline void
step_calloc(struct model *model)
{
	size_t count = 1 + random_below(&model->random, 9);
	size_t size = model_size(model) / count;
	void *p = t_calloc(count, size);

	MODEL_CHECK(model, p != NULL, "calloc(%zu, %zu)", count, size);
	model_expect_zero(model, p, count * size);
	model_enter(model, p, count * size, 0, true);
}

static inline void
step_realloc_null(struct model *model)
{
	size_t size = 1 + model_size(model);
	void *p = random_below(&model->random, 2) == 0
		? t_realloc(NULL, size) : t_reallocarray(NULL, size, 1);

	MODEL_CHECK(model, p != NULL, "realloc(NULL, %zu)", size);
	model_enter(model, p, size, 0, true);
}

static inline void
step_aligned_alloc(struct model *model)
{
	size_t alignment = model_alignment(model), size = model_size(model);
	void *p = t_aligned_alloc(alignment, size);

	MODEL_CHECK(model, p != NULL, "aligned_alloc(%zu, %zu)", alignment,
	            size);
	model_enter(model, p, size, alignment, true);
}

static inline void
step_posix_memalign(struct model *model)
{
	size_t alignment = 8 * model_alignment(model);
	size_t size = model_size(model);
	void *p = NULL;

	MODEL_CHECK(model, t_posix_memalign(&p, alignment, size) == 0,
	            "posix_memalign(%zu, %zu)", alignment, size);
	model_enter(model, p, size, alignment, true);
}

static inline void
step_memalign(struct model *model)
{
	size_t alignment = model_alignment(model), size = model_size(model);
	void *p = t_memalign(alignment, size);

	MODEL_CHECK(model, p != NULL, "memalign(%zu, %zu)", alignment, size);
	model_enter(model, p, size, alignment, true);
}

static inline void
step_valloc(struct model *model)
{
	size_t page = (size_t)getpagesize(), size = model_size(model);
	void *p = random_below(&model->random, 2) == 0 ? t_valloc(size)
	                                               : t_pvalloc(size);

	MODEL_CHECK(model, p != NULL, "valloc(%zu)", size);
	model_enter(model, p, size, page, false);
}

/* --- Steps that need a live block ---------------------------------------- */

static inline void
step_verify(struct model *model)
{
	model_verify(model, &model->blocks[model_pick(model)]);
}

/* Free one, through one of the doors that are open to it. */
static inline void
step_free(struct model *model)
{
	struct model_block block = model_remove(model, model_pick(model));
	size_t door = random_below(&model->random, 8);

	model_verify(model, &block);
	if (door == 0 && block.sized && block.alignment == 0) {
		t_free_sized(block.p, block.size);
	} else if (door <= 1 && block.sized && block.alignment != 0) {
		t_free_aligned_sized(block.p, block.alignment, block.size);
	} else if (door == 2) {
		t_freezero(block.p, block.size);
	} else if (door == 3) {
		t_cfree(block.p);
	} else {
		t_free(block.p);
	}
}

/* After a resize of BLOCK, no longer in the model, to P of SIZE bytes. */
static inline void
model_resized(struct model *model, const struct model_block *block, void *p,
              size_t size)
{
	size_t usable = t_usable_size(p);
	size_t kept = size < block->usable ? size : block->usable;

	MODEL_CHECK(model, usable >= size, "usable %zu of %zu", usable, size);
	MODEL_CHECK(model, pattern_holds_of(p, block->usable, kept, block->key),
	            "realloc %p of %zu (usable %zu) to %p of %zu",
	            (void *)block->p, block->size, block->usable, p, size);
	model_enter(model, p, size, 0, true);
}

/* A size that is often near the present one: growth in place. */
static inline size_t
model_new_size(struct model *model, size_t size)
{
	uint64_t *random = &model->random;

	switch (random_below(random, 6)) {
	case 0:
		return size + 1 + random_below(random, 64);
	case 1:
		return size / 2 + 1;
	case 2:
		return model->bytes + size < MODEL_BYTES ? size * 2 + 1
		                                         : size / 3 + 1;
	case 3:
		return size > 0 ? size : 1;
	default:
		return 1 + model_size(model);
	}
}

static inline void
step_realloc(struct model *model)
{
	struct model_block block = model_remove(model, model_pick(model));
	size_t size = model_new_size(model, block.size);
	void *p;

	model_verify(model, &block);
	switch (random_below(&model->random, 4)) {
	case 0:
		p = t_reallocarray(block.p, size, 1);
		break;
	case 1:
		p = t_reallocf(block.p, size);
		break;
	default:
		p = t_realloc(block.p, size);
		break;
	}
	MODEL_CHECK(model, p != NULL, "realloc(%p, %zu)", (void *)block.p,
	            size);
	model_resized(model, &block, p, size);
}

static inline void
step_recallocarray(struct model *model)
{
	struct model_block block = model_remove(model, model_pick(model));
	size_t size = model_new_size(model, block.size);
	size_t kept = size < block.size ? size : block.size;
	unsigned char *p;

	model_verify(model, &block);
	p = t_recallocarray(block.p, block.size, size, 1);
	MODEL_CHECK(model, p != NULL, "recallocarray(%p, %zu, %zu)",
	            (void *)block.p, block.size, size);
	MODEL_CHECK(model,
	            pattern_holds_of(p, block.usable, kept, block.key),
	            "recallocarray %zu to %zu", block.size, size);
	model_expect_zero(model, p + kept, size - kept);
	model_enter(model, p, size, 0, true);
}

/* realloc(p, 0) frees. */
static inline void
step_realloc_zero(struct model *model)
{
	struct model_block block = model_remove(model, model_pick(model));
	void *p;

	model_verify(model, &block);
	p = t_realloc(block.p, 0);
	if (p != NULL) { /* Peers that follow BSD. */
		t_free(p);
	}
}

/* M6: calls that must fail, and leave their block alone. */
static inline void
step_refused(struct model *model)
{
	const struct model_block *block = &model->blocks[model_pick(model)];
	volatile size_t huge = (size_t)PTRDIFF_MAX + 1 + block->size;
	void *p = NULL;

	errno = 0;
	MODEL_CHECK(model, t_realloc(block->p, huge) == NULL);
	MODEL_CHECK(model, errno == ENOMEM, "errno %d", errno);
	errno = 0;
	MODEL_CHECK(model, t_malloc(huge) == NULL);
	MODEL_CHECK(model, errno == ENOMEM, "errno %d", errno);
	MODEL_CHECK(model, t_calloc(huge, huge) == NULL);
	MODEL_CHECK(model, t_reallocarray(block->p, huge / 2, 5) == NULL);
	MODEL_CHECK(model, t_memalign(64, huge) == NULL);
	MODEL_CHECK(model, t_posix_memalign(&p, 24, 10) == EINVAL);
	MODEL_CHECK(model, p == NULL);
	model_verify(model, block);
}

/* Free a run of neighbours: spans empty, join and go back. */
static inline void
step_free_neighbours(struct model *model)
{
	size_t first = model_pick(model);
	size_t count = 1 + random_below(&model->random, 200);

	while (count-- > 0 && first < model->count) {
		struct model_block block = model_remove(model, first);

		model_verify(model, &block);
		t_free(block.p);
	}
}

/* --- The choice ---------------------------------------------------------- */

struct step {
	void (*make)(struct model *model);
	unsigned weight;
	bool needs_block;
};

static const struct step steps[] = {
	{ step_malloc, 300, false },       { step_calloc, 60, false },
	{ step_realloc_null, 20, false },  { step_aligned_alloc, 20, false },
	{ step_posix_memalign, 20, false },{ step_memalign, 20, false },
	{ step_valloc, 2, false },         { step_verify, 60, true },
	{ step_free, 350, true },          { step_realloc, 120, true },
	{ step_recallocarray, 20, true },  { step_realloc_zero, 5, true },
	{ step_refused, 3, true },         { step_free_neighbours, 2, true },
};

/* One step at random.  The number of live blocks drifts up and down. */
static inline void
model_step(struct model *model)
{
	unsigned total = 0;
	size_t chosen;
	const struct step *step = steps;

	model->steps++;
	for (size_t i = 0; i < ARRAY_LENGTH(steps); i++) {
		total += steps[i].weight;
	}
	chosen = random_below(&model->random, total);
	while (chosen >= step->weight) {
		chosen -= step->weight;
		step++;
	}
	if (step->needs_block && model->count == 0) {
		step = &steps[0];
	} else if (model->count >= MODEL_BLOCKS - 1) {
		step = &steps[ARRAY_LENGTH(steps) - 1];
	}
	step->make(model);
}

static inline void
model_verify_all(struct model *model)
{
	for (size_t i = 0; i < model->count; i++) {
		model_verify(model, &model->blocks[i]);
	}
}

static inline void
model_free_all(struct model *model)
{
	while (model->count > 0) {
		step_free(model);
	}
}

#endif /* TEST_MODEL_STEPS_H */
