/* SPDX-License-Identifier: MIT */
/*
 * resize.c - realloc and its relatives.
 *
 * A small block stays where it is only while the new size is of its class, or
 * of one that its class leads, so that a later free_sized is right.
 * Large ones grow and shrink in place where they can (large.c).  Everything
 * else moves.
 */
#include "base.h"

#include <string.h>

#include <memalloc.h>

#include "alloc.h"
#include "each_call.h"
#include "error.h"
#include "large.h"
#include "resize.h"
#include "sizeclass.h"

size_t ma_zero_reallocs;

static void *
realloc_to_zero(void *p, const char *function)
{
	__atomic_fetch_add(&ma_zero_reallocs, 1, __ATOMIC_RELAXED);
	if (ma_options.zero_realloc == MA_ZERO_REALLOC_ABORT)
		ma_error_die(MEMALLOC_ERR_ZERO_REALLOC, function, p,
		             "is resized to 0, which the option "
		             "zero_realloc forbids");
	if (ma_options.zero_realloc == MA_ZERO_REALLOC_ALLOC) {
		void *q = MA_HARDENED ? ma_alloc_any(0, 1, false, function) :
			NULL;

		if (q == NULL)
			return ma_resize(p, 1, function);
		ma_free_slow(p, function);
		return q;
	}
	ma_free_slow(p, function);
	return NULL;
}

/* The block that T describes moves to one of SIZE; NULL if refused. */
static void *
move_block(const struct ma_target *t, void *p, size_t size,
           const char *function)
{
	void *q = ma_hit_alloc(size);

	if (!MA_HARDENED && q == NULL && size > MA_SMALL_MAX &&
	    !ma_option_each_call())
		q = ma_large_alloc(size, 1, MA_LARGE_GROWING);
	if (q == NULL)
		q = ma_alloc_any(size, 1, false, function);
	if (q == NULL)
		return NULL;
	memcpy(q, p, t->size < size ? t->size : size);
	ma_release(t, p);
	return q;
}

/*
 * The usual case: P is a small block of this thread, and the new size has
 * one ready in its bin, or is of the same class.  NULL: go the long way.
 */
static void *
resize_hit(void *p, size_t size)
{
	struct ma_heap *heap = ma_thread.hit;
	size_t from, to;
	void *q;

	if (size - 1 >= heap->small_limit ||
	    (!ma_hit_owns(heap, p, &from) &&
	     ma_hit_owner(heap, p, &from) != heap->number))
		return NULL;
	to = ma_sizeclass_of(size);
	if (ma_sizeclass_serves(from, to))
		return p;
	q = ma_bin_pop(&heap->bins, to, heap->secret);
	if (q == NULL)
		return NULL;
	memcpy(q, p, ma_sizeclass[from].size < size ?
	       ma_sizeclass[from].size : size);
	if (!ma_bin_push(&heap->bins, from, p, heap->secret))
		ma_free_slow(p, "realloc");
	return q;
}

/* P, if that is a large block and has as many slices as SIZE needs. */
static void *
resize_large_hit(void *p, size_t size)
{
	uintptr_t a = (uintptr_t)p;
	const struct ma_span *span;

	if (a % MA_SLICE_SIZE != 0 ||
	    ma_thread.hit->small_limit == 0 ||
	    ma_word_what(ma_pagemap_word(a)) != MA_WORD_LARGE)
		return NULL;
	span = ma_pagemap_record(a);
	return span->kind == MA_SPAN_LARGE &&
		span->carved == ma_slices_for(size) ? p : NULL;
}

void *
ma_resize(void *p, size_t size, const char *function)
{
	struct ma_target t;
	void *q = NULL;

	if (!MA_HARDENED)
		q = size > MA_SMALL_MAX ? resize_large_hit(p, size) :
			resize_hit(p, size);

	if (MA_LIKELY(q != NULL))
		return q;
	if (p == NULL) {
		q = ma_hit_alloc(size);
		return q != NULL ? q : ma_alloc_any(size, 1, false, function);
	}
	if (size == 0)
		return realloc_to_zero(p, function);
	t = ma_target_of(p, function);
	if (t.span == NULL)
		return ma_error_invalid(MEMALLOC_ERR_POINTER);
	if (size > MA_SIZE_LIMIT)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	if (MA_HARDENED) {
		if (ma_hardened_resize(&t, p, size, false))
			return p;
		q = move_block(&t, p, size, function);
		return q == NULL && ma_hardened_resize(&t, p, size, true) ?
			p : q;
	}
	if (t.c < MA_CLASSES && size <= MA_SMALL_MAX &&
	    ma_sizeclass_serves(t.c, ma_sizeclass_of(size)))
		return p;
	if (t.c == MA_CLASSES && size > MA_SMALL_MAX) {
		q = ma_large_resize(t.span, size);
		if (q != NULL)
			return q;
		/* As any block: what lies idle in bins may make room. */
	}
	return move_block(&t, p, size, function);
}

MA_EXPORT void *
memalloc_realloc(void *p, size_t size)
{
	return ma_resize(p, size, "realloc");
}

MA_EXPORT void *
memalloc_reallocarray(void *p, size_t count, size_t size)
{
	size_t nbytes;

	if (__builtin_mul_overflow(count, size, &nbytes))
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	return ma_resize(p, nbytes, "reallocarray");
}

MA_EXPORT void *
memalloc_reallocf(void *p, size_t size)
{
	void *q = ma_resize(p, size, "reallocf");

	/* A size of 0 has freed it already, unless it gave a new block; and
	   what is foreign was told of. */
	if (q == NULL && size != 0 &&
	    memalloc_last_error() != MEMALLOC_ERR_POINTER)
		ma_free_slow(p, "reallocf");
	return q;
}

MA_EXPORT void *
memalloc_recallocarray(void *p, size_t old_count, size_t count, size_t size)
{
	size_t old, nbytes;
	struct ma_target t;
	void *q;

	if (p == NULL)
		return ma_calloc(count, size);
	if (__builtin_mul_overflow(count, size, &nbytes))
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	t = ma_target_of(p, "recallocarray");
	if (t.span == NULL)
		return ma_error_invalid(MEMALLOC_ERR_POINTER);
	if (__builtin_mul_overflow(old_count, size, &old) || old > t.size)
		return ma_error_invalid(MEMALLOC_ERR_ARGUMENT);
	if (!MA_HARDENED && t.c < MA_CLASSES && nbytes <= MA_SMALL_MAX &&
	    nbytes != 0 && ma_sizeclass_of(nbytes) == t.c) {
		char *end = (char *)p + (nbytes < old ? nbytes : old);

		/* What is added and what is given up: zero either way. */
		memset(end, 0, (nbytes < old ? old : nbytes) -
		       (size_t)(end - (char *)p));
		return p;
	}
	q = ma_calloc(1, nbytes);
	if (q == NULL)
		return NULL;
	memcpy(q, p, old < nbytes ? old : nbytes);
	memset(p, 0, old);
	__asm__ volatile("" : : "r"(p) : "memory");
	ma_release(&t, p);
	return q;
}
