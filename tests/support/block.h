/* SPDX-License-Identifier: MIT */
/*
 * block.h - a block that knows what must stand in it.
 *
 * Tests hand such records around instead of bare pointers: whoever gets one
 * can verify the whole block without knowing who made it.
 */
#ifndef TEST_BLOCK_H
#define TEST_BLOCK_H

#include "program.h"
#include "under_test.h"

struct block {
	void *p;      /* NULL: none. */
	size_t size;  /* As asked for, and filled with the pattern. */
	uint64_t key; /* Of the pattern. */
};

/* A filled block of SIZE bytes by malloc. */
static inline struct block
block_make(size_t size, uint64_t key)
{
	struct block block = { t_malloc(size), size, key };

	CHECK(block.p != NULL, "malloc(%zu)", size);
	CHECK((uintptr_t)block.p % T_ALIGNMENT(size) == 0,
	      "malloc(%zu) = %p", size, block.p);
	pattern_fill(block.p, size, key);
	return block;
}

static inline void
block_verify(const struct block *block)
{
	CHECK(pattern_holds(block->p, block->size, block->key),
	      "block %p of %zu bytes", block->p, block->size);
}

/* Verify and free. */
static inline void
block_end(struct block *block)
{
	block_verify(block);
	t_free(block->p);
	block->p = NULL;
}

/* The same with all of the COUNT in ROW that are there. */
__attribute__((unused)) static void
block_end_all(struct block *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (row[i].p != NULL) {
			block_end(&row[i]);
		}
	}
}

/* Verify, resize with realloc, verify what must have stayed, fill anew. */
static inline void
block_resize(struct block *block, size_t size)
{
	size_t kept = size < block->size ? size : block->size;
	void *p;

	block_verify(block);
	p = t_realloc(block->p, size);
	CHECK(p != NULL, "realloc(%p, %zu)", block->p, size);
	CHECK(pattern_holds_of(p, block->size, kept, block->key),
	      "realloc %zu to %zu", block->size, size);
	block->p = p;
	block->size = size;
	block->key++;
	pattern_fill(p, size, block->key);
}

#endif /* TEST_BLOCK_H */
