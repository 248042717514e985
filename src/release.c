/* SPDX-License-Identifier: MIT */
/*
 * release.c - free and its relatives, and the size of a block.
 */
#include "base.h"

#include <string.h>

#include <memalloc.h>

#include "alloc.h"
#include "each_call.h"
#include "error.h"
#include "large.h"
#include "sizeclass.h"

/* A starter block of HEAP's own: back to its bin, or aside for good. */
static void
release_starter(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	struct ma_bins *bins = &heap->bins;

	if (!bins->grown[c] && ++bins->starter_frees[c] >= MA_STARTER_FREES)
		bins->grown[c] = true;
	if (bins->grown[c]) {
		ma_lock_take(&heap->lock);
		ma_starter_park(heap, block);
		ma_lock_release(&heap->lock);
	} else if (!ma_bin_push(bins, c, block, heap->secret)) {
		ma_heap_put(heap, c, block);
	}
}

static void
release_small(const struct ma_target *t, struct ma_block *block)
{
	struct ma_heap *heap = ma_thread_enter();
	/* Read again: until the thread had it, others could adopt from it. */
	uint32_t owner = ma_word_owner(ma_pagemap_word((uintptr_t)block));

	if (heap == NULL)
		ma_remote_free_one(block, owner, ma_sizeclass[t->c].size);
	else if (owner != heap->number)
		ma_remote_free(heap, block, owner, ma_sizeclass[t->c].size);
	else if (t->span->kind == MA_SPAN_STARTER)
		release_starter(heap, t->c, block);
	else if (!ma_bin_push(&heap->bins, t->c, block, heap->secret))
		ma_heap_put(heap, t->c, block);
	if (heap != NULL)
		ma_thread_leave(heap);
}

void
ma_release(const struct ma_target *t, void *p)
{
	if (MA_UNLIKELY(ma_option_each_call()))
		ma_each_free(p, t->size);
	if (MA_HARDENED)
		ma_hardened_release(t, p);
	else
		ma_release_core(t, p);
}

void
ma_release_core(const struct ma_target *t, void *p)
{
	if (t->c < MA_CLASSES)
		release_small(t, p);
	else
		ma_large_free(t->span);
}

void
ma_free_slow(void *p, const char *function)
{
	struct ma_heap *heap = ma_thread.hit;
	uint32_t owner;
	size_t c;

	if (p == NULL)
		return;
	owner = ma_hit_owner(heap, p, &c);
	if (owner == 0) {
		struct ma_target t = ma_target_of(p, function);

		if (t.span != NULL)
			ma_release(&t, p);
	} else if (owner != heap->number) {
		ma_remote_free(heap, p, owner, ma_sizeclass[c].size);
	} else if (!ma_bin_push(&heap->bins, c, p, heap->secret)) {
		ma_heap_put(heap, c, p);
	}
}

static bool
is_aligned(const void *p, size_t alignment)
{
	return ma_is_power_of_two(alignment) &&
		((uintptr_t)p & (alignment - 1)) == 0;
}

static MA_COLD _Noreturn void
die_of_alignment(const void *p, size_t alignment, const char *function)
{
	ma_error_die(MEMALLOC_ERR_SIZE_MISMATCH, function, p,
	             "is freed with alignment %zu, which is not its",
	             alignment);
}

void
ma_free_aligned(void *p, size_t alignment, const char *function)
{
	if (p == NULL || MA_LIKELY(is_aligned(p, alignment)))
		ma_free(p, function);
	else if (ma_target_of(p, function).span != NULL)
		die_of_alignment(p, alignment, function);
}

/* Could a block that was asked for like this be what T describes? */
static bool
could_be(const struct ma_target *t, size_t alignment, size_t size)
{
	unsigned c = ma_sizeclass_aligned(alignment, size);

	return t->c < MA_CLASSES ? ma_sizeclass_serves(t->c, c) :
		c == MA_CLASSES &&
		ma_slices_for(size == 0 ? 1 : size) == t->span->carved;
}

void
ma_free_checked(void *p, size_t alignment, size_t size, bool is_new,
                const char *function)
{
	if (p == NULL)
		return;

	struct ma_target t = ma_target_of(p, function);
	bool fits;

	if (t.span == NULL)
		return;
	if (!is_aligned(p, alignment))
		die_of_alignment(p, alignment, function);
	fits = MA_HARDENED ? ma_hardened_fits(t.size, alignment, size, is_new) :
		size <= t.size &&
		(could_be(&t, alignment, size) ||
		 (is_new && could_be(&t, alignment, ma_align_up(
			 size == 0 ? 1 : size, alignment))));
	if (!fits)
		ma_error_die(MEMALLOC_ERR_SIZE_MISMATCH, function, p,
		             "is a block of %zu bytes, freed with size %zu",
		             t.size, size);
	ma_release(&t, p);
}

MA_EXPORT void
memalloc_free(void *p)
{
	ma_free(p, "free");
}

MA_EXPORT void
memalloc_cfree(void *p)
{
	ma_free(p, "cfree");
}

MA_EXPORT void
memalloc_free_sized(void *p, size_t size)
{
	ma_free_checked(p, 1, size, false, "free_sized");
}

MA_EXPORT void
memalloc_free_aligned_sized(void *p, size_t alignment, size_t size)
{
	ma_free_checked(p, alignment, size, false, "free_aligned_sized");
}

MA_EXPORT void
memalloc_freezero(void *p, size_t size)
{
	if (p == NULL)
		return;

	struct ma_target t = ma_target_of(p, "freezero");

	if (t.span == NULL)
		return;
	if (size > t.size)
		ma_error_die(MEMALLOC_ERR_SIZE_MISMATCH, "freezero", p,
		             "is a block of %zu bytes, freed with size %zu",
		             t.size, size);
	memset(p, 0, size);
	/* The compiler must believe that somebody reads the zeros. */
	__asm__ volatile("" : : "r"(p) : "memory");
	ma_release(&t, p);
}

MA_EXPORT size_t
memalloc_usable_size(const void *p)
{
	size_t c;

	if (p == NULL)
		return 0;
	/* Some programs ask at every call. */
	if (ma_hit_owns(ma_thread.hit, p, &c))
		return ma_sizeclass[c].size;
	return ma_target_of(p, "malloc_usable_size").size;
}

MA_EXPORT size_t
memalloc_good_size(size_t size)
{
	if (size > MA_SIZE_LIMIT)
		return 0;
	return size <= MA_SMALL_MAX ? ma_sizeclass[ma_sizeclass_of(size)].size :
		ma_large_good_size(size);
}
