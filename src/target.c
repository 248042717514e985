/* SPDX-License-Identifier: MIT */
/*
 * target.c - what a pointer given by the program points to.
 */
#include "base.h"

#include "error.h"
#include "heap.h"
#include "liveness.h"
#include "maker.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "target.h"
#include "thread.h"

/* --- What is wrong with a pointer, in words ----------------------------- */

/* The huge block that P lies inside of, if any: only its head is known. */
static struct ma_span *
find_huge(uintptr_t p)
{
	uintptr_t a = ma_pagemap_next(0);

	for (; a != 0 && a <= p; a = ma_pagemap_next(a + MA_SLICE_SIZE)) {
		struct ma_span *span = ma_pagemap_record(a);

		if (ma_pagemap_word(a) == MA_WORD_HUGE && p >= span->base &&
		    p - span->base < span->nbytes)
			return span;
	}
	return NULL;
}

static MA_COLD _Noreturn void
die_inside(const void *p, const char *function, const char *state,
           uintptr_t start, size_t size)
{
	ma_error_die(MEMALLOC_ERR_INTERIOR, function, p,
	             "lies %zu bytes inside a %s block of %zu bytes at %p",
	             (size_t)((uintptr_t)p - start), state, size,
	             (const void *)start);
}

static MA_COLD _Noreturn void
die_freed(const void *p, const char *function, size_t size)
{
	ma_error_die(MEMALLOC_ERR_DOUBLE_FREE, function, p,
	             "is free already: a block of %zu bytes", size);
}

/* Returns if the option says so. */
static MA_COLD void
complain_of_foreign(const void *p, const char *function)
{
	struct ma_span *huge = find_huge((uintptr_t)p);
	char place[MA_OS_PLACE_MAX + 32];

	if (huge != NULL)
		die_inside(p, function, "live", huge->base, huge->nbytes);
	ma_os_place((uintptr_t)p, place);
	if (ma_options.misuse == MA_MISUSE_ABORT)
		ma_error_die(MEMALLOC_ERR_POINTER, function, p,
		             "is not memalloc's: %s", place);
	ma_error_ignore(MEMALLOC_ERR_POINTER, function, p, place);
}

/*
 * Was the mapping of the huge block taken away?  To unmap it once more could
 * hit what lies there by then.  A mapping that somebody put in its place
 * passes for the block's.
 */
static void
check_mapping(const struct ma_span *span, const char *function)
{
	if (ma_os_is_mapped(span->base))
		return;
	ma_error_die(MEMALLOC_ERR_POINTER, function, (void *)span->base,
	             "was a huge block of %zu bytes, but is no longer mapped",
	             span->nbytes);
}

static MA_COLD _Noreturn void
die_in_free_span(const void *p, const char *function)
{
	struct ma_span *span = ma_pagemap_span((uintptr_t)p);

	ma_error_die(MEMALLOC_ERR_DOUBLE_FREE, function, p,
	             "is free already: it lies in a free span of %zu bytes",
	             span != NULL ? ma_span_bytes(span) : MA_SLICE_SIZE);
}

/* P is OFFSET behind the start of a span or run of blocks of SIZE. */
static MA_COLD _Noreturn void
die_off_grid(const void *p, const char *function, uint32_t offset,
             size_t size)
{
	uintptr_t start = (uintptr_t)p - offset % size;
	const struct ma_block *block = (const struct ma_block *)start;

	die_inside(p, function,
	           ma_block_is_marked(block, ma_secret_mark) ? "free" : "live",
	           start, size);
}

/* --- Double frees ------------------------------------------------------- */

/* More blocks than a list of one heap has only a circle has. */
#define SEARCHED_MOST ((size_t)1 << 26)

/*
 * Where a block of the list was overwritten, P may be behind it; and nobody
 * knows what a list should have been that runs in a circle.
 */
static bool
list_has(const struct ma_block *list, const void *p)
{
	size_t n = 0;

	for (; list != MA_BLOCK_END; list = ma_block_next(list))
		if (list == p || n++ == SEARCHED_MOST ||
		    !ma_block_is_marked(list, ma_secret_mark))
			return true;
	return false;
}

/*
 * A block that carries its mark is free, unless the program wrote the mark
 * itself, by restoring a copied image.  Where only one heap ever was, all
 * its lists can be searched, and the mark is believed only if it is found.
 */
static bool
is_really_free(const struct ma_target *t, const void *p)
{
	struct ma_heap *heap = ma_thread.heap;
	bool found;

	if (heap == NULL || ma_heap_last_number() != 1)
		return true;
	ma_lock_take(&heap->lock);
	found = list_has(heap->bins.head[t->c], p) ||
		list_has(heap->inbox, p);
	if (t->span->kind == MA_SPAN_STARTER)
		found |= list_has(heap->parked[t->c], p);
	else
		found |= list_has(t->span->free, p);
	ma_lock_release(&heap->lock);
	return found;
}

/* --- Judging ------------------------------------------------------------ */

static struct ma_target
small_target(const void *p, uint32_t word, const char *function)
{
	uintptr_t a = (uintptr_t)p;
	struct ma_target t = { .word = word, .c = ma_word_bin(word) };
	uint32_t offset;

	t.span = ma_pagemap_record(ma_word_base(word, a));
	offset = (uint32_t)(a - t.span->base);
	if (t.c == MA_STARTER_BIN)
		t.c = ma_starter_class(t.span, a, &offset);
	if (t.c == MA_CLASSES)
		ma_error_die(MEMALLOC_ERR_POINTER, function, p,
		             "is no block yet: it lies in the unused part "
		             "of a span");
	t.size = ma_sizeclass[t.c].size;
	if (t.span->kind == MA_SPAN_SMALL && offset >= (size_t)t.size *
	    __atomic_load_n(&t.span->carved, __ATOMIC_ACQUIRE))
		ma_error_die(MEMALLOC_ERR_POINTER, function, p,
		             "is no block yet: it lies in the unused part "
		             "of a span");
	if (offset % t.size != 0)
		die_off_grid(p, function, offset, t.size);
	if (MA_HARDENED)
		ma_liveness_inspect(&t, p, function);
	else if (ma_block_is_marked(p, ma_secret_mark) &&
	         is_really_free(&t, p))
		die_freed(p, function, t.size);
	return t;
}

/*
 * The span of the block at A, whose WORD is not that of a large one's head;
 * NULL if there is none and that is ignored.
 */
static MA_NOINLINE struct ma_span *
other_span(uintptr_t a, uint32_t word, const char *function)
{
	struct ma_span *span;

	if (word == MA_WORD_FOREIGN) {
		complain_of_foreign((void *)a, function);
		return NULL;
	}
	if (ma_word_what(word) == MA_WORD_FREE)
		die_in_free_span((void *)a, function);
	span = ma_pagemap_span(a);
	if (span == NULL || ma_span_is_reserve(span) ||
	    (span->kind != MA_SPAN_LARGE && span->kind != MA_SPAN_HUGE))
		die_in_free_span((void *)a, function);
	return span;
}

/*
 * Hardened: fill T for a small block of the calling thread's heap, as most are;
 * false if P is none, or not as it should be.  Where a bit tells that a block
 * is live, one begins.
 */
static bool
find_own(struct ma_target *t, const void *p)
{
	const struct ma_heap *heap = ma_thread.hit;
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;

	if (slice >= heap->window.slices)
		return false;
	t->word = ma_pagemap_window_word(&heap->window, slice);
	t->c = (t->word ^ heap->identity) & MA_WORD_NO_POSITION;
	/* Starter blocks are of any class. */
	if (t->c >= MA_STARTER_BIN)
		return false;
	t->span = ma_pagemap_window_record(&heap->window, slice -
	                                   ma_word_position(t->word));
	t->size = MA_HARDENED ?
		ma_liveness_size(p, ma_sizeclass[t->c].size) : SIZE_MAX;
	return t->size != SIZE_MAX;
}

static struct ma_target
judge(const void *p, const char *function)
{
	uintptr_t a = (uintptr_t)p;
	uint32_t word;
	struct ma_target t;

	if (MA_HARDENED && find_own(&t, p))
		return t;
	word = ma_pagemap_word(a);
	t = (struct ma_target){ .word = word, .c = MA_CLASSES };
	if (MA_HARDENED && ma_liveness_is_empty(p)) {
		ma_liveness_inspect_empty(p, function);
		t.span = &ma_liveness_empty;
		return t;
	}
	if (ma_word_owner(word) != 0)
		return small_target(p, word, function);
	/* The first slice tells all but where in it the block starts. */
	if (ma_word_what(word) == MA_WORD_LARGE)
		t.span = ma_pagemap_record(a);
	if (t.span == NULL || t.span->kind != MA_SPAN_LARGE ||
	    ma_span_is_reserve(t.span))
		t.span = other_span(a, word, function);
	if (t.span == NULL)
		return t;
	t.size = ma_span_bytes(t.span);
	if (a != t.span->base)
		die_inside(p, function, "live", t.span->base, t.size);
	if (t.span->kind == MA_SPAN_HUGE)
		check_mapping(t.span, function);
	if (MA_HARDENED)
		ma_liveness_inspect(&t, p, function);
	return t;
}

struct ma_target
ma_target_of(const void *p, const char *function)
{
	struct ma_target t = judge(p, function);

	if (MA_UNLIKELY(ma_options.mismatch) && t.span != NULL)
		ma_maker_inspect(&t, p, function);
	return t;
}
