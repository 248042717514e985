/* SPDX-License-Identifier: MIT */
/*
 * hardened.c - the hardened build: guarded blocks, the ways of small ones.
 */
#include "base.h"

#include <string.h>

#include "alloc.h"
#include "arena.h"
#include "each_call.h"
#include "error.h"
#include "hardened.h"
#include "liveness.h"
#include "os.h"
#include "quarantine.h"

#if MA_HARDENED

/* Blocks of up to so many bytes are zeroed and looked at without a call. */
#define NEAR ((size_t)256)

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

/* --- Small blocks that are freed ---------------------------------------- */

static MA_NOINLINE void
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

	if (!MA_WITHOUT_ZEROING)
		memset(block, 0, ma_sizeclass[c].size);
	ma_block_link(block, MA_BLOCK_END, ma_secret_mark);
	if (heap != NULL) {
		block = ma_quarantine_add_guest(heap, c, block);
		ma_thread_leave(heap);
	}
	if (block != NULL)
		let_go(block);
}

/* BLOCK of class C has waited, and cannot be ready: into HEAP's bin, or
   home. */
static MA_NOINLINE void
put_back(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	uint32_t word = ma_pagemap_word((uintptr_t)block);

	if (((word ^ heap->identity) & MA_WORD_NO_POSITION) != c) {
		let_go(block);
		return;
	}
	if (!ma_block_is_intact(block, heap->secret))
		ma_heap_die_overwritten(block, "free");
	if (!ma_bin_push(&heap->bins, c, block, heap->secret))
		ma_heap_put(heap, c, block);
}

/* A block that is zero, of HEAP's own spans for class C, waits. */
MA_INLINE void
retire_blank(struct ma_heap *heap, unsigned c, struct ma_block *block)
{
	ma_block_link(block, MA_BLOCK_END, heap->secret);
	block = ma_quarantine_pass(heap, c, block);
	if (MA_UNLIKELY(block != NULL))
		put_back(heap, c, block);
}

/* The same for one that is long, or has a long canary. */
static MA_NOINLINE void
retire_far(struct ma_heap *heap, unsigned c, struct ma_block *block,
           const char *function)
{
	uint32_t size = ma_sizeclass[c].size;

	if (ma_canary_size(block, size) == SIZE_MAX)
		ma_liveness_die_overrun(block, function, size);
	if (!MA_WITHOUT_ZEROING)
		memset(block, 0, size);
	retire_blank(heap, c, block);
}

/* Zero a block of SIZE behind what will be its link and mark. */
MA_INLINE void
zero_rest(struct ma_block *block, size_t size)
{
	ma_wide *at = (ma_wide *)block + 1;
	const ma_wide *end = (const ma_wide *)((const char *)block + size);

	if (sizeof(*block) != MA_ALIGNMENT)
		block[1] = (struct ma_block){ 0 };
	for (; at < end; at++) {
		*at = (ma_wide){ 0 };
		/* A loop, not a call of memset. */
		__asm__("" : "+r"(at));
	}
}

/*
 * Free the block at P if it is a small one of the calling thread's heap, as
 * most are; misuse of FUNCTION if it was overrun.  False: nothing was done.
 * What calls is called last, so that few registers have to be saved.
 */
MA_INLINE bool
free_own(void *p, const char *function)
{
	struct ma_heap *heap = ma_thread.hit;
	uintptr_t a = (uintptr_t)p;
	uintptr_t slice = (a - heap->window.base) >> MA_SLICE_SHIFT;
	uint64_t key;
	size_t slack, size;
	uint32_t word, c;

	if (MA_UNLIKELY(slice >= heap->window.slices) ||
	    MA_UNLIKELY(heap->quarantine == NULL))
		return false;
	word = ma_pagemap_window_word(&heap->window, slice);
	c = (word ^ heap->identity) & MA_WORD_NO_POSITION;
	/* Starter blocks are of any class. */
	if (MA_UNLIKELY(c >= MA_STARTER_BIN) ||
	    MA_UNLIKELY(a % MA_ALIGNMENT != 0))
		return false;
	/* What is not live stays so: who looks again tells. */
	if (MA_UNLIKELY(!ma_liveness_clear(ma_pagemap_window_live(
			&heap->window, slice, a), p)))
		return false;
	size = heap->quarantine->classes[c].size;
	key = ma_canary_key(p);
	slack = ma_canary_slack(p, size, key);
	if (MA_UNLIKELY(size > NEAR) || MA_UNLIKELY(slack > MA_CANARY_NEAR)) {
		retire_far(heap, c, p, function);
		return true;
	}
	if (MA_UNLIKELY(slack == 0) ||
	    (slack != MA_CANARY_BYTES && MA_UNLIKELY(
		    !ma_canary_is_near_filled(p, size, slack, key))))
		ma_liveness_die_overrun(p, function, size);
	if (!MA_WITHOUT_ZEROING)
		zero_rest(p, size);
	retire_blank(heap, c, p);
	return true;
}

void
ma_hardened_free(void *p, const char *function)
{
	if (MA_UNLIKELY(!free_own(p, function)))
		ma_free_slow(p, function);
}

void
ma_hardened_flush(void)
{
	ma_hardened_flush_large();
	/* The late heap's blocks are few. */
	if (ma_thread.heap != NULL)
		ma_quarantine_flush(ma_thread.heap);
}

void
ma_hardened_each_bad(const struct ma_heap *heap,
                     void (*report)(void *arg, const void *block), void *arg)
{
	const struct ma_quarantine *quarantine = heap->quarantine;

	for (unsigned c = 0; quarantine != NULL && c < MA_CLASSES; c++) {
		const struct ma_quarantine_class *q = &quarantine->classes[c];

		for (unsigned i = q->waiting; i < q->top; i++) {
			const struct ma_block *block =
				ma_quarantine_block(quarantine->places[i]);

			if (block != NULL &&
			    (!ma_block_is_intact(block, ma_secret_mark) ||
			     !ma_liveness_is_blank(block, q->size)))
				report(arg, block);
		}
	}
}

/* --- Blocks ------------------------------------------------------------- */

/* P was zero when it was freed or carved, but for its link and mark. */
static void
expect_zero(void *p, size_t nbytes, const char *function)
{
	if (!MA_WITHOUT_ZEROING &&
	    MA_UNLIKELY(!ma_liveness_is_blank(p, nbytes)))
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
	if (!MA_WITHOUT_ZEROING && !ma_hardened_is_clean(t.span))
		ma_hardened_die_of_written(p, function, t.size);
	ma_liveness_begin(p, nbytes, ma_liveness_large_room(t.size));
	return p;
}

/* Is a free block of SIZE zero behind its link and mark? */
MA_INLINE bool
is_blank_near(const struct ma_block *block, size_t size)
{
	const ma_wide *at = (const ma_wide *)block + 1;
	const ma_wide *end = (const ma_wide *)((const char *)block + size);
	ma_wide any = { 0 };

	for (; at < end; at++)
		any |= *at;
	return (any[0] | any[1]) == 0 && ma_liveness_rest_is_zero(block);
}

/* The word with the bit that tells of ADDRESS, a block of HEAP. */
MA_INLINE uintptr_t *
live_word(const struct ma_heap *heap, uintptr_t address)
{
	uintptr_t slice = (address - heap->window.base) >> MA_SLICE_SHIFT;

	return MA_LIKELY(slice < heap->window.slices) ?
		ma_pagemap_window_live(&heap->window, slice, address) :
		ma_pagemap_live(address);
}

/* P, blank and of SIZE, with its canary, is a block from now on. */
MA_INLINE void *
bring_to_life(const struct ma_heap *heap, struct ma_block *p)
{
	if (MA_UNLIKELY(ma_liveness_set(live_word(heap, (uintptr_t)p), p)))
		ma_liveness_die_twice(p);
	return p;
}

/* P of SIZE, free until now, becomes a block of NBYTES, if one of them is
   large. */
static MA_NOINLINE void *
hand_out_far(const struct ma_heap *heap, struct ma_block *p, size_t nbytes,
             size_t size, const char *function)
{
	expect_zero(p, size, function);
	ma_canary_set(p, nbytes, size);
	return bring_to_life(heap, p);
}

/* The same if neither is. */
MA_INLINE void *
hand_out_near(const struct ma_heap *heap, struct ma_block *p, size_t nbytes,
              size_t size, const char *function)
{
	if (!MA_WITHOUT_ZEROING && MA_UNLIKELY(!is_blank_near(p, size)))
		ma_hardened_die_of_written(p, function, size);
	p->next = NULL;
	p->mark = 0;
	ma_canary_set_near(p, nbytes, size);
	return bring_to_life(heap, p);
}

/* A block of NEED bytes that is ready, for requests at more than the usual
   ALIGNMENT; NULL: none is. */
static void *
take_aligned(size_t need, size_t alignment, const char *function)
{
	unsigned c = ma_sizeclass_aligned(alignment, need);
	struct ma_heap *heap = ma_thread.hit;
	struct ma_block *p = alignment > MA_ALIGNMENT && c < MA_CLASSES ?
		ma_quarantine_take(heap, c) : NULL;

	if (p != NULL && !ma_block_is_intact(p, heap->secret))
		ma_heap_die_overwritten(p, function);
	return p;
}

/* Whatever is not served at once. */
static MA_NOINLINE void *
alloc_other(size_t nbytes, size_t alignment, bool zero, const char *function)
{
	size_t need = nbytes + MA_CANARY_BYTES;
	void *p = NULL;

	if (nbytes == 0 && alignment <= MA_EMPTY_ALIGNMENT)
		p = ma_liveness_take_empty(alignment);
	if (p != NULL)
		return p;
	if (nbytes > MA_SIZE_LIMIT)
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	if (nbytes > MA_SIZE_LIMIT - MA_SLICE_SIZE - ma_os_guard_bytes())
		return ma_error_no_memory(MEMALLOC_ERR_NO_MEMORY);
	p = take_aligned(need, alignment, function);
	if (p == NULL)
		p = ma_alloc_slow(need, alignment, zero, function);
	if (p == NULL)
		return NULL;
	p = hand_out(p, nbytes, function);
	if (MA_UNLIKELY(ma_option_each_call()))
		ma_each_alloc(p, nbytes, zero, function);
	return p;
}

/* Blocks that are ready, or of a bin, for most requests. */
MA_INLINE void *
alloc_plain(size_t nbytes, size_t alignment, bool zero, const char *function)
{
	struct ma_heap *heap = ma_thread.hit;
	size_t last = nbytes + MA_CANARY_BYTES - 1, c, size;
	struct ma_block *p;

	/* Nor 0 bytes. */
	if (MA_UNLIKELY(nbytes - 1 >= MA_SMALL_MAX))
		return alloc_other(nbytes, alignment, zero, function);
	if (MA_LIKELY(last < heap->fine_limit)) {
		c = last / 16;
		size = (c + 1) * 16;
	} else if (MA_LIKELY(last < heap->small_limit)) {
		c = ma_sizeclass_coarse[last / 128];
		size = ma_sizeclass[c].size;
	} else {
		return alloc_other(nbytes, alignment, zero, function);
	}
	p = ma_quarantine_take(heap, c);
	if (MA_LIKELY(p != NULL)) {
		if (MA_UNLIKELY(!ma_block_is_intact(p, heap->secret)))
			ma_heap_die_overwritten(p, function);
	} else {
		p = ma_bin_pop(&heap->bins, c, heap->secret);
		if (MA_UNLIKELY(p == NULL))
			return alloc_other(nbytes, alignment, zero, function);
	}
	if (MA_UNLIKELY(size > NEAR) ||
	    MA_UNLIKELY(size - nbytes > MA_CANARY_NEAR))
		return hand_out_far(heap, p, nbytes, size, function);
	return hand_out_near(heap, p, nbytes, size, function);
}

void *
ma_hardened_alloc(size_t nbytes, size_t alignment, bool zero,
                  const char *function)
{
	void *p;

	if (MA_UNLIKELY(alignment > MA_ALIGNMENT))
		return alloc_other(nbytes, alignment, zero, function);
	if (!MA_WITHOUT_ZEROING)
		return alloc_plain(nbytes, alignment, zero, function);
	p = alloc_plain(nbytes, alignment, zero, function);
	if (zero && p != NULL)
		memset(p, 0, nbytes);
	return p;
}

void
ma_hardened_release(const struct ma_target *t, void *p)
{
	if (free_own(p, "free"))
		return;
	if (t->span == &ma_liveness_empty) {
		ma_liveness_end_empty(p);
		return;
	}
	if (t->c < MA_CLASSES) {
		ma_liveness_end(p, t->size);
		retire_small(p, t->c);
		return;
	}
	ma_lock_take(&ma_arena_large_lock);
	ma_liveness_end(p, t->size);
	ma_lock_release(&ma_arena_large_lock);
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
		ma_slices_for(need + ma_os_guard_bytes()) ==
		ma_span_bytes(t->span) >> MA_SLICE_SHIFT;
}

static bool
resize(const struct ma_target *t, void *p, size_t nbytes, bool stays)
{
	size_t room = t->c < MA_CLASSES ? ma_sizeclass[t->c].size :
		t->span == &ma_liveness_empty ? 0 :
		ma_liveness_large_room(ma_span_bytes(t->span));
	size_t kept = nbytes < t->size ? nbytes : t->size;

	if (room == 0 || room - kept > UINT32_MAX)
		return false;
	if (nbytes > room - MA_CANARY_BYTES)
		return t->c == MA_CLASSES &&
			ma_hardened_grow(t->span, t->size, nbytes);
	/* One that stayed before has more room than it needs. */
	if (nbytes <= t->size && !stays && !is_alike(t, nbytes))
		return false;
	memset((char *)p + kept, 0, room - kept);
	ma_canary_set(p, nbytes, room);
	return true;
}

bool
ma_hardened_resize(const struct ma_target *t, void *p, size_t nbytes,
                   bool stays)
{
	bool done;

	/* memalloc_check looks at small ones where no other thread has a
	   heap, and at all others under the lock. */
	if (t->c < MA_CLASSES && ma_thread.heap != NULL)
		return resize(t, p, nbytes, stays);
	ma_lock_take(&ma_arena_large_lock);
	done = resize(t, p, nbytes, stays);
	ma_lock_release(&ma_arena_large_lock);
	return done;
}

bool
ma_hardened_fits(size_t have, size_t alignment, size_t size, bool is_new)
{
	size_t made = size == 0 ? 1 : size;

	return have == size || (is_new &&
		(have == made || (alignment > 1 && size <= MA_SIZE_LIMIT &&
		                  have == ma_align_up(made, alignment))));
}

#endif /* MA_HARDENED */
