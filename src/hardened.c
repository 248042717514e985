/* SPDX-License-Identifier: MIT */
/*
 * hardened.c - the hardened build: guarded blocks, quarantine of small ones.
 */
#include "base.h"

#include <string.h>

#include "alloc.h"
#include "arena.h"
#include "each_call.h"
#include "error.h"
#include "hardened.h"
#include "liveness.h"
#include "meta.h"
#include "os.h"

#if MA_HARDENED

MA_COLD _Noreturn void
ma_hardened_die_of_written(const void *p, const char *function, size_t nbytes)
{
	ma_error_die(MEMALLOC_ERR_CORRUPT, function, p,
	             "was overwritten while free: a block of %zu bytes",
	             nbytes);
}

/* --- Room --------------------------------------------------------------- */

/* What the block at P, of the heap beneath, is. */
static struct ma_target
target_beneath(const void *p)
{
	uintptr_t a = (uintptr_t)p;
	struct ma_target t = { .word = ma_pagemap_word(a), .c = MA_CLASSES };
	uint32_t offset;

	if (ma_word_owner(t.word) == 0) {
		t.span = ma_pagemap_record(a);
		t.size = ma_span_bytes(t.span);
		return t;
	}
	t.span = ma_pagemap_head(t.word, a);
	t.c = ma_word_bin(t.word);
	if (t.c == MA_STARTER_BIN)
		t.c = ma_starter_class(t.span, a, &offset);
	t.size = ma_sizeclass[t.c].size;
	return t;
}

/* --- Quarantine: small blocks ------------------------------------------- */

#define SLOTS 16u

struct ma_quarantine {
	struct ma_block *slot[MA_CLASSES][SLOTS];
};

/* How many blocks of SIZE wait. */
static uint32_t
slots_for(size_t size)
{
	return size <= 256 ? SLOTS : size <= 1024 ? 8 : size <= 4096 ? 4 : 1;
}

/* Of two threads without a heap of their own each has the late one locked. */
static struct ma_quarantine *
quarantine_of(struct ma_heap *heap)
{
	if (heap->quarantine == NULL)
		heap->quarantine = ma_meta_alloc(sizeof(*heap->quarantine));
	return heap->quarantine;
}

/* Only the heap's thread changes it; others read it. */
static void
count(struct ma_heap *heap, uint64_t load)
{
	__atomic_store_n(&heap->quarantined, load, __ATOMIC_RELAXED);
}

/* BLOCK goes into HEAP's; who comes out for it, or NULL. */
static struct ma_block *
exchange(struct ma_heap *heap, struct ma_block *block, unsigned c)
{
	struct ma_quarantine *quarantine = quarantine_of(heap);
	struct ma_block **slot, *out;

	if (MA_UNLIKELY(quarantine == NULL))
		return block;
	slot = &quarantine->slot[c][ma_heap_random(heap) %
		slots_for(ma_sizeclass[c].size)];
	out = *slot;
	*slot = block;
	if (MA_UNLIKELY(out == NULL))
		count(heap, heap->quarantined +
		      MA_LOAD(1, ma_sizeclass[c].size));
	return out;
}

const void *
ma_hardened_bad_in_quarantine(const struct ma_heap *heap)
{
	if (heap->quarantine == NULL)
		return NULL;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		for (unsigned i = 0; i < SLOTS; i++) {
			const struct ma_block *block =
				heap->quarantine->slot[c][i];

			if (block != NULL &&
			    (!ma_block_is_intact(block, ma_secret_mark) ||
			     !ma_liveness_is_blank(block,
			                           ma_sizeclass[c].size)))
				return block;
		}
	}
	return NULL;
}

static void
let_go(struct ma_block *block)
{
	struct ma_target t = target_beneath(block);

	if (!ma_block_is_intact(block, ma_secret_mark))
		ma_heap_die_overwritten(block, "free");
	ma_release_core(&t, block);
}

/* A block of class C, live no more, is zeroed and waits. */
static void
retire_small(struct ma_block *block, unsigned c)
{
	struct ma_heap *heap = ma_thread_enter();

	memset(block, 0, ma_sizeclass[c].size);
	ma_block_link(block, MA_BLOCK_END, ma_secret_mark);
	if (heap != NULL) {
		block = exchange(heap, block, c);
		ma_thread_leave(heap);
	}
	if (block != NULL)
		let_go(block);
}

/* The same for a thread with a heap of its own. */
static void
retire_own(struct ma_heap *heap, struct ma_block *block, unsigned c)
{
	uint32_t word;

	memset(block, 0, ma_sizeclass[c].size);
	ma_block_link(block, MA_BLOCK_END, heap->secret);
	block = exchange(heap, block, c);
	if (block == NULL)
		return;
	word = ma_pagemap_word((uintptr_t)block);
	if (MA_UNLIKELY(ma_word_owner(word) != heap->number ||
	                ma_word_bin(word) != c ||
	                !ma_block_is_intact(block, heap->secret)))
		let_go(block);
	else if (!ma_bin_push(&heap->bins, c, block, heap->secret))
		ma_heap_put(heap, c, block);
}

bool
ma_hardened_free_own(void *p, const char *function)
{
	struct ma_heap *heap = ma_thread.hit;
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;
	uint32_t word, c;

	if (MA_UNLIKELY(slice >= heap->window.slices))
		return false;
	word = ma_pagemap_window_word(&heap->window, slice);
	c = (word ^ heap->identity) & MA_WORD_NO_POSITION;
	/* Starter blocks are of any class. */
	if (MA_UNLIKELY(c >= MA_STARTER_BIN) ||
	    MA_UNLIKELY(!ma_liveness_end_small(p, ma_sizeclass[c].size,
	                                       function)))
		return false;
	retire_own(heap, p, c);
	return true;
}

void
ma_hardened_flush(void)
{
	struct ma_heap *heap = ma_thread_enter();
	struct ma_quarantine *quarantine = heap == NULL ? NULL :
		heap->quarantine;

	ma_hardened_flush_large();
	/* The late heap is locked, and its blocks are few. */
	if (heap != NULL)
		ma_thread_leave(heap);
	if (quarantine == NULL || heap != ma_thread.heap)
		return;
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		for (unsigned i = 0; i < SLOTS; i++) {
			struct ma_block *block = quarantine->slot[c][i];

			quarantine->slot[c][i] = NULL;
			if (block == NULL)
				continue;
			count(heap, heap->quarantined -
			      MA_LOAD(1, ma_sizeclass[c].size));
			let_go(block);
		}
	}
}

/* --- Blocks ------------------------------------------------------------- */

/* P was zero when it was freed or carved, but for its link and mark. */
static void
expect_zero(void *p, size_t nbytes, const char *function)
{
	if (MA_UNLIKELY(!ma_liveness_is_blank(p, nbytes)))
		ma_hardened_die_of_written(p, function, nbytes);
	memset(p, 0, sizeof(struct ma_block));
	if (nbytes >= MA_BLOCK_FRESH_LEAST)
		*(uintptr_t *)((struct ma_block *)p + 1) = 0;
}

/* The heap beneath gave P: make it a block of NBYTES. */
static void *
hand_out(void *p, size_t nbytes, const char *function)
{
	struct ma_target t = target_beneath(p);

	if (t.c < MA_CLASSES) {
		expect_zero(p, t.size, function);
		ma_liveness_begin(p, nbytes, t.size);
		return p;
	}
	ma_hardened_guard_end(t.span);
	ma_liveness_begin(p, nbytes, ma_liveness_large_room(t.size));
	return p;
}

/* Blocks of a bin, for most requests; NULL: by the long way. */
static void *
hit(size_t nbytes, const char *function)
{
	struct ma_heap *heap = ma_thread.hit;
	size_t last = nbytes + MA_CANARY_BYTES - 1, c, size;
	void *p;

	if (MA_LIKELY(last < heap->fine_limit))
		c = last / 16;
	else if (MA_LIKELY(last < heap->small_limit))
		c = ma_sizeclass_coarse[last / 128];
	else
		return NULL;
	p = ma_bin_pop(&heap->bins, c, heap->secret);
	if (MA_UNLIKELY(p == NULL))
		return NULL;
	size = ma_sizeclass[c].size;
	expect_zero(p, size, function);
	ma_liveness_begin(p, nbytes, size);
	return p;
}

void *
ma_hardened_alloc(size_t nbytes, size_t alignment, bool zero,
              const char *function)
{
	size_t need = nbytes + MA_CANARY_BYTES;
	void *p = NULL;

	if (nbytes == 0 && alignment <= MA_ALIGNMENT)
		p = ma_liveness_take_empty();
	if (p != NULL)
		return p;
	if (alignment <= MA_ALIGNMENT && nbytes <= MA_SMALL_MAX)
		p = hit(nbytes, function);
	if (p != NULL)
		return p;
	if (nbytes > MA_SIZE_LIMIT)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	if (nbytes > MA_SIZE_LIMIT - MA_SLICE_SIZE - ma_os_page_size())
		return ma_error_no_memory(MEMALLOC_ERR_NO_MEMORY);
	p = ma_alloc_slow(need, alignment, zero, function);
	if (p == NULL)
		return NULL;
	p = hand_out(p, nbytes, function);
	if (MA_UNLIKELY(ma_option_each_call()))
		ma_each_alloc(p, nbytes, zero, function);
	return p;
}

void
ma_hardened_free(const struct ma_target *t, void *p)
{
	if (t->span == &ma_liveness_empty) {
		ma_liveness_end_empty(p);
		return;
	}
	ma_liveness_end(p, t->size);
	if (t->c < MA_CLASSES)
		retire_small(p, t->c);
	else
		ma_hardened_retire_large(t->span);
}

/* Is a block of NBYTES to be like the one that T describes? */
static bool
is_alike(const struct ma_target *t, size_t nbytes)
{
	size_t need = nbytes + MA_CANARY_BYTES;

	if (t->c < MA_CLASSES)
		return need <= MA_SMALL_MAX &&
			ma_sizeclass_serves(t->c, ma_sizeclass_of(need));
	return need > MA_SMALL_MAX &&
		ma_slices_for(need + ma_os_page_size()) ==
		ma_span_bytes(t->span) >> MA_SLICE_SHIFT;
}

bool
ma_hardened_resize(const struct ma_target *t, void *p, size_t nbytes,
                   bool stays)
{
	size_t room = t->c < MA_CLASSES ? ma_sizeclass[t->c].size :
		t->span == &ma_liveness_empty ? 0 :
		ma_liveness_large_room(ma_span_bytes(t->span));
	size_t kept = nbytes < t->size ? nbytes : t->size;

	if (room == 0 || room - kept > UINT32_MAX)
		return false;
	if (stays ? nbytes > t->size : !is_alike(t, nbytes))
		return t->c == MA_CLASSES && nbytes > t->size &&
			ma_hardened_grow(t->span, t->size, nbytes);
	memset((char *)p + kept, 0, room - kept);
	ma_liveness_set_size(p, nbytes, room);
	return true;
}

/*
 * operator new makes blocks of 1 byte for 0, and then rounds a size up to its
 * alignment; who deletes does not know.
 */
bool
ma_hardened_fits(size_t have, size_t alignment, size_t size)
{
	size_t made = size == 0 ? 1 : size;

	return have == size || have == made ||
		(alignment > 1 && size <= MA_SIZE_LIMIT &&
		 have == ma_align_up(made, alignment));
}

#endif /* MA_HARDENED */
