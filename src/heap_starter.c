/* SPDX-License-Identifier: MIT */
/*
 * heap_starter.c - the first blocks of all bins, in one shared span.
 *
 * A page for each class that a program touches once is what makes small
 * programs large.  So each heap has one span that is cut into runs, each run
 * into blocks of one class: 512 or 1024 bytes of small ones, or one of more
 * than that.  A class whose runs do not do moves on to spans of its own, and
 * so does one whose starter blocks are freed often: freeing one always goes
 * out of line, since the page map tells only that it is a starter block.  From
 * then on they are put aside ("parked") when freed: used again they would go
 * out of line again.  Only where the system refuses more memory they are.  Once
 * the thread has ended and all of them have been freed the span can go, and the
 * next thread begins as the first did.
 *
 *   unit    0    1    2    3    4    5    6 ...       of 512 bytes
 *         +----+----+----+----+----+----+----
 *   runs  | 3  | 1  | 20 |B+1 | 9  |  0 |  0          class + 1, B: behind
 *         +----+----+----+----+----+----+----
 *
 *   R1  A run starts at a multiple of the largest power of two that divides
 *       its class's size.  All its blocks are carved when it is made.
 *   R2  The bin STARTER of every heap has no room and no block.
 */
#include "base.h"

#include <string.h>

#include "arena.h"
#include "heap.h"
#include "pagemap.h"

/* Blocks that a class gets from runs, in bytes; or one block. */
#define CLASS_BYTES 1024u

_Static_assert(MA_STARTER_BIN < 256, "a bin number fits into a word");
_Static_assert(MA_STARTER_CLASSES < MA_STARTER_BEHIND, "they fit beside it");

static bool
make_starter(struct ma_heap *heap)
{
	/* Hardened: a guard, behind the last unit. */
	heap->starter = ma_arena_take(MA_STARTER_SLICES + MA_HARDENED,
	                              heap->number, MA_STARTER_BIN,
	                              MA_SPAN_STARTER);
	if (heap->starter == NULL)
		return false;
	/* What walkers are to see with it is there. */
	__atomic_store_n(&heap->starter->runs, heap->runs, __ATOMIC_RELEASE);
	return true;
}

/* The first unit of the lowest NUNITS free ones for SIZE; UNITS if none. */
static size_t
find_units(const struct ma_heap *heap, size_t nunits, uint32_t size)
{
	size_t step = (size & -size) / MA_STARTER_UNIT;
	size_t first = 0, n = 0;

	while (n < nunits) {
		if (first + nunits > MA_STARTER_UNITS)
			return MA_STARTER_UNITS;
		if (heap->runs[first + n++] != 0) {
			first += step == 0 ? 1 : step;
			n = 0;
		}
	}
	return first;
}

/* Walkers take a run for what its first unit says: that comes last. */
static void
note_run(struct ma_heap *heap, size_t first, size_t nunits, unsigned c)
{
	for (size_t u = nunits - 1; u > 0; u--)
		heap->runs[first + u] = (uint8_t)(u | MA_STARTER_BEHIND);
	__atomic_store_n(&heap->runs[first], (uint8_t)(c + 1),
	                 __ATOMIC_RELEASE);
}

bool
ma_starter_fill(struct ma_heap *heap, unsigned c)
{
	struct ma_bins *bins = &heap->bins;
	uint32_t size = ma_sizeclass[c].size;
	size_t nunits = ma_starter_run_units(c);
	size_t had = bins->runs[c] * nunits * MA_STARTER_UNIT;
	uint32_t count = ma_starter_run_blocks(c);
	struct ma_block *list;
	uintptr_t base;
	size_t unit;

	if (c >= MA_STARTER_CLASSES || bins->grown[c] || had >= CLASS_BYTES ||
	    (heap->starter == NULL && !make_starter(heap)))
		return false;
	unit = find_units(heap, nunits, size);
	if (unit == MA_STARTER_UNITS)
		return false;
	base = heap->starter->base + unit * MA_STARTER_UNIT;
	list = ma_heap_carve(heap, heap->starter, base, count, size);
	note_run(heap, unit, nunits, c);
	bins->runs[c]++;
	heap->starter->out += count;
	heap->starter->carved += count;
	heap->starter_out_bytes += (size_t)count * size;
	ma_heap_load_bin(heap, c, list, count);
	return true;
}

unsigned
ma_starter_class(const struct ma_span *span, uintptr_t address,
                 uint32_t *offset)
{
	uint32_t in_span = (uint32_t)(address - span->base);
	size_t unit = in_span / MA_STARTER_UNIT;
	const uint8_t *runs = __atomic_load_n(&span->runs, __ATOMIC_ACQUIRE);
	uint8_t run;
	unsigned c;

	/* Not yet there; behind its last unit there may be a guard's slice. */
	*offset = 0;
	if (runs == NULL || (MA_HARDENED && unit >= MA_STARTER_UNITS))
		return MA_CLASSES;
	run = __atomic_load_n(&runs[unit], __ATOMIC_ACQUIRE);
	if (run & MA_STARTER_BEHIND) {
		unit -= run & ~MA_STARTER_BEHIND;
		run = __atomic_load_n(&runs[unit], __ATOMIC_ACQUIRE);
	}
	*offset = in_span - (uint32_t)(unit * MA_STARTER_UNIT);
	c = ma_starter_run_class(run);
	if (c != MA_CLASSES && *offset >= ma_starter_run_blocks(c) *
	    ma_sizeclass[c].size)
		c = MA_CLASSES;
	return c;
}

void
ma_starter_park(struct ma_heap *heap, struct ma_block *block)
{
	uint32_t offset;
	unsigned c = ma_starter_class(heap->starter, (uintptr_t)block,
	                              &offset);

	if (block == heap->parked[c])
		ma_heap_die_twice(block);
	ma_block_link(block, heap->parked[c], heap->secret);
	heap->parked[c] = block;
	heap->starter->out--;
	heap->starter_out_bytes -= ma_sizeclass[c].size;
}

void
ma_starter_release(struct ma_heap *heap)
{
	struct ma_span *span = heap->starter;
	size_t used = MA_STARTER_UNITS;

	if (span == NULL || span->out != 0)
		return;
	while (used > 0 && heap->runs[used - 1] == 0)
		used--;
	for (unsigned c = 0; c < MA_STARTER_CLASSES; c++)
		heap->parked[c] = MA_BLOCK_END;
	heap->starter = NULL;
	/* Before others have the span: walkers see it without blocks. */
	memset(heap->runs, 0, sizeof(heap->runs));
	/* Links and marks, of blocks of many sizes; of pages that were used. */
	if (MA_HARDENED) {
		ma_span_clear(span);
		memset((void *)span->base, 0, used * MA_STARTER_UNIT);
	}
	ma_arena_give_blocks(span);
	/* It begins anew. */
	memset(heap->bins.runs, 0, sizeof(heap->bins.runs));
	memset(heap->bins.grown, 0, sizeof(heap->bins.grown));
	memset(heap->bins.starter_frees, 0, sizeof(heap->bins.starter_frees));
}

bool
ma_starter_fill_parked(struct ma_heap *heap, unsigned c)
{
	struct ma_block *list, *block;
	uint32_t count = 0;

	if (c >= MA_STARTER_CLASSES || heap->parked[c] == MA_BLOCK_END)
		return false;
	list = heap->parked[c];
	heap->parked[c] = MA_BLOCK_END;
	for (block = list; block != MA_BLOCK_END;
	     block = ma_block_next(block)) {
		if (!ma_block_is_intact(block, heap->secret))
			ma_heap_die_overwritten(block, "malloc");
		if (count++ == heap->starter->carved)
			ma_heap_die_twice(block);
	}
	heap->starter->out += count;
	heap->starter_out_bytes += (size_t)count * ma_sizeclass[c].size;
	ma_heap_load_bin(heap, c, list, count);
	return true;
}
