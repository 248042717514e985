/* SPDX-License-Identifier: MIT */
/*
 * heap_starter.c - the first blocks of all bins, in one shared span.
 *
 * A page for each class that a program touches once is what makes small
 * programs large.  So each heap has one slice that is cut into runs of 512 or
 * 1024 bytes, each run into blocks of one class; a class moves on to spans of
 * its own when its runs are used up, or when its starter blocks are freed
 * often: freeing one always goes out of line, since the page map tells only
 * that it is a starter block.  From then on they are put aside ("parked")
 * when freed: used again they would go out of line again.  Only where the
 * system refuses more memory they are.
 *
 *   unit    0    1    2    3    4    5    6 ...       of 512 bytes
 *         +----+----+----+----+----+----+----
 *   runs  | 3  | 1  | 20 |20+S| 9  |  0 |  0          class + 1, S: second
 *         +----+----+----+----+----+----+----
 *
 *   R1  A run starts at a multiple of its length.  All its blocks are carved
 *       when it is made.
 *   R2  The bin STARTER of every heap has no room and no block.
 */
#include "base.h"

#include "arena.h"
#include "heap.h"
#include "pagemap.h"

/* Classes up to this size have short runs. */
#define SHORT_RUN_SIZE 128u
/* Blocks that a class gets from runs, in bytes. */
#define CLASS_BYTES 1024u

_Static_assert(MA_STARTER_BIN < 256, "a bin number fits into a word");

/* Units from NEXT on for a run of NUNITS; MA_STARTER_UNITS if none. */
static size_t
find_units(struct ma_heap *heap, size_t nunits)
{
	size_t unit = ma_align_up(heap->starter_next, nunits);

	if (heap->starter == NULL) {
		heap->starter = ma_arena_take(1, heap->number, MA_STARTER_BIN,
		                              MA_SPAN_STARTER);
		if (heap->starter == NULL)
			return MA_STARTER_UNITS;
		heap->starter->runs = heap->runs;
	}
	if (unit + nunits > MA_STARTER_UNITS)
		return MA_STARTER_UNITS;
	heap->starter_next = (uint16_t)(unit + nunits);
	return unit;
}

bool
ma_starter_fill(struct ma_heap *heap, unsigned c)
{
	struct ma_bins *bins = &heap->bins;
	uint32_t size = ma_sizeclass[c].size;
	size_t nunits = size <= SHORT_RUN_SIZE ? 1 : 2;
	uintptr_t base;
	uint32_t count;
	size_t unit;

	if (c >= MA_STARTER_CLASSES || bins->grown[c])
		return false;
	unit = find_units(heap, nunits);
	if (unit == MA_STARTER_UNITS) {
		bins->grown[c] = true;
		return false;
	}
	base = heap->starter->base + unit * MA_STARTER_UNIT;
	count = (uint32_t)(nunits * MA_STARTER_UNIT / size);
	ma_heap_carve(heap, base, count, size);
	__atomic_store_n(&heap->runs[unit], (uint8_t)(c + 1),
	                 __ATOMIC_RELEASE);
	if (nunits == 2)
		__atomic_store_n(&heap->runs[unit + 1],
		                 (uint8_t)((c + 1) | MA_STARTER_SECOND),
		                 __ATOMIC_RELEASE);
	bins->runs[c]++;
	bins->grown[c] =
		bins->runs[c] * nunits * MA_STARTER_UNIT >= CLASS_BYTES;
	heap->starter->out += count;
	heap->starter->carved += count;
	heap->starter_out_bytes += (size_t)count * size;
	ma_heap_load_bin(heap, c, (struct ma_block *)base, count);
	return true;
}

unsigned
ma_starter_class(const struct ma_span *span, uintptr_t address,
                 uint32_t *offset)
{
	uint32_t in_span = (uint32_t)(address - span->base);
	size_t unit = in_span / MA_STARTER_UNIT;
	uint8_t run = __atomic_load_n(&span->runs[unit], __ATOMIC_ACQUIRE);

	*offset = in_span % MA_STARTER_UNIT;
	if (run & MA_STARTER_SECOND)
		*offset += MA_STARTER_UNIT;
	run &= (uint8_t)~MA_STARTER_SECOND;
	return run == 0 ? MA_CLASSES : run - 1u;
}

void
ma_starter_park(struct ma_heap *heap, struct ma_block *block)
{
	uint32_t offset;
	unsigned c = ma_starter_class(heap->starter, (uintptr_t)block,
	                              &offset);

	ma_block_link(block, heap->parked[c], heap->secret);
	heap->parked[c] = block;
	heap->starter->out--;
	heap->starter_out_bytes -= ma_sizeclass[c].size;
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
		if (!ma_block_is_marked(block, heap->secret))
			ma_heap_die_overwritten(block, "malloc");
		count++;
	}
	heap->starter->out += count;
	heap->starter_out_bytes += (size_t)count * ma_sizeclass[c].size;
	ma_heap_load_bin(heap, c, list, count);
	return true;
}
