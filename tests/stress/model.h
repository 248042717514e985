/* SPDX-License-Identifier: MIT */
/*
 * model.h - a reference model of an allocator, for the stress tests.
 *
 * The model keeps what the program may rely on for each live block: its
 * range, the size asked for, the usable size, how it was made, and the
 * pattern written over all usable bytes.  It asserts, at each step:
 *
 *   M1 a new block's usable range is disjoint from all live ones;
 *   M2 its address is a multiple of what was promised;
 *   M3 its usable size is at least what was asked for, and never changes
 *      while the block lives unresized;
 *   M4 its content stays until the program changes it; realloc keeps the
 *      smaller of the old usable and the new size;
 *   M5 calloc's bytes, and those that recallocarray adds, are zero;
 *   M6 the functions that fail leave their block alone.
 *
 * A model belongs to one thread; blocks are handed between models with
 * model_remove and model_admit.  M1 then holds within each model alone, and the
 * pattern notices overlaps between them.  Memory for the model itself is
 * static or mapped: it never calls the allocator under test.
 */
#ifndef TEST_MODEL_H
#define TEST_MODEL_H

#include <sys/mman.h>

#include "program.h"
#include "under_test.h"

#define MODEL_BLOCKS 4096 /* Live at most. */
#define MODEL_BYTES ((size_t)512 << 20)

struct model_block {
	unsigned char *p;
	size_t size;      /* As asked for. */
	size_t usable;
	size_t alignment; /* 0: not from an aligned function. */
	bool sized;       /* `size` is what free_sized may be told. */
	uint64_t key;     /* Of the pattern over `usable` bytes. */
};

struct model {
	struct model_block blocks[MODEL_BLOCKS]; /* Sorted by address. */
	size_t count;
	size_t bytes;        /* Sum of usable sizes. */
	uint64_t random;
	unsigned long steps; /* Made so far; for messages. */
};

static uint64_t model_seed; /* For messages. */

/* Say how to come here again. */
static inline void
model_where(const struct model *model)
{
	char text[100];
	int n = snprintf(text, sizeof(text), "at step %lu of SEED=%#llx:\n",
	                 model->steps, (unsigned long long)model_seed);

	if (write(2, text, (size_t)n) < 0) {
		_exit(99);
	}
}

#define MODEL_CHECK(model, condition, ...)                                \
	do {                                                              \
		if (__builtin_expect(!(condition), 0)) {                  \
			model_where(model);                               \
			check_failed(__FILE__, __LINE__, #condition,      \
			             " " __VA_ARGS__);                    \
		}                                                         \
	} while (0)

/* A model's memory is large; it is mapped, zero at first. */
static inline struct model *
model_new(uint64_t seed)
{
	struct model *model = mmap(NULL, sizeof(*model),
	                           PROT_READ | PROT_WRITE,
	                           MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(model != MAP_FAILED);
	model->random = seed;
	return model;
}

/* The number of blocks below address P. */
static inline size_t
model_find(const struct model *model, const void *p)
{
	size_t low = 0, high = model->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if ((uintptr_t)model->blocks[middle].p < (uintptr_t)p) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* M1, M2, M3 for a block that is new to the model. */
static inline void
model_admit(struct model *model, const struct model_block *block)
{
	size_t at = model_find(model, block->p);
	size_t alignment = block->alignment > 16 ? block->alignment
	                                         : T_ALIGNMENT(block->size);

	MODEL_CHECK(model, (uintptr_t)block->p % alignment == 0,
	            "%p is not a multiple of %zu", (void *)block->p,
	            alignment);
	MODEL_CHECK(model, block->usable >= block->size,
	            "%p: usable %zu of %zu", (void *)block->p, block->usable,
	            block->size);
	MODEL_CHECK(model,
	            at == model->count || block->p + block->usable <=
	                                          model->blocks[at].p,
	            "%p+%zu overlaps %p", (void *)block->p, block->usable,
	            (void *)model->blocks[at].p);
	MODEL_CHECK(model,
	            at == 0 || model->blocks[at - 1].p +
	                                       model->blocks[at - 1].usable <=
	                               block->p,
	            "%p overlaps %p+%zu", (void *)block->p,
	            (void *)model->blocks[at - 1].p,
	            model->blocks[at - 1].usable);
	MODEL_CHECK(model, model->count < MODEL_BLOCKS, "model is full");
	memmove(&model->blocks[at + 1], &model->blocks[at],
	        (model->count - at) * sizeof(*block));
	model->blocks[at] = *block;
	model->count++;
	model->bytes += block->usable;
}

/* Take block AT out of the model. */
static inline struct model_block
model_remove(struct model *model, size_t at)
{
	struct model_block block = model->blocks[at];

	model->count--;
	memmove(&model->blocks[at], &model->blocks[at + 1],
	        (model->count - at) * sizeof(block));
	model->bytes -= block.usable;
	return block;
}

/* M3 and M4. */
static inline void
model_verify(struct model *model, const struct model_block *block)
{
	MODEL_CHECK(model, t_usable_size(block->p) == block->usable,
	            "usable size of %p was %zu, is %zu", (void *)block->p,
	            block->usable, t_usable_size(block->p));
	MODEL_CHECK(model, pattern_holds(block->p, block->usable, block->key),
	            "content of %p, %zu bytes", (void *)block->p,
	            block->usable);
}

/* Fill and enter the new block P, which SIZE bytes were asked for. */
static inline void
model_enter(struct model *model, void *p, size_t size, size_t alignment,
            bool sized)
{
	struct model_block block = { .p = p, .size = size,
		                     .usable = t_usable_size(p),
		                     .alignment = alignment, .sized = sized,
		                     .key = next_random(&model->random) };

	model_admit(model, &block);
	pattern_fill(p, block.usable, block.key);
}

/* M5: are the SIZE bytes from P on zero? */
static inline void
model_expect_zero(struct model *model, const unsigned char *p, size_t size)
{
	size_t step = size > MIB ? 509 : 1;

	if (size > 0) {
		MODEL_CHECK(model, p[size - 1] == 0, "last byte not zero");
	}
	for (size_t i = 0; i < size; i += step) {
		MODEL_CHECK(model, p[i] == 0, "byte %zu of %zu is %#x", i,
		            size, p[i]);
	}
}

#endif /* TEST_MODEL_H */
