/* SPDX-License-Identifier: MIT */
/*
 * walk.c - every span and block in address order, read without a lock.
 */
#include "base.h"

#include <errno.h>

#include "arena.h"
#include "error.h"
#include "heap.h"
#include "pagemap.h"
#include "walk.h"

struct walk {
	const struct ma_reader *reader;
	memalloc_visitor *visit;
	void *arg;
	bool blocks;
	uintptr_t secret, factor;
	int result;		/* of the visitor; not 0 ends the walk */
};

/* --- Reading ------------------------------------------------------------ */

/*
 * Word by word, so that no word is torn, and in order, so that what is read
 * later is not older; the program may be writing what we read, which is what
 * a walker is for.
 */
MA_RACY_READ static bool
read_self(const struct ma_reader *reader, uintptr_t address, void *to,
          size_t nbytes)
{
	(void)reader;
	if ((address | nbytes) % sizeof(uintptr_t) == 0) {
		const uintptr_t *from = (const uintptr_t *)address;
		uintptr_t *words = to;

		for (size_t i = 0; i < nbytes / sizeof(uintptr_t); i++)
			words[i] = __atomic_load_n(&from[i],
			                           __ATOMIC_ACQUIRE);
	} else if (address % 4 == 0 && nbytes == 4) {
		*(uint32_t *)to = __atomic_load_n((const uint32_t *)address,
		                                  __ATOMIC_ACQUIRE);
	} else {
		const volatile unsigned char *from =
			(const volatile unsigned char *)address;
		unsigned char *bytes = to;

		for (size_t i = 0; i < nbytes; i++)
			bytes[i] = from[i];
	}
	return true;
}

const struct ma_reader ma_reader_self = {
	.read = read_self,
	.root = (uintptr_t)ma_pagemap_root,
	.groups = (uintptr_t)ma_pagemap_groups,
	.secret = (uintptr_t)&ma_secret_mark,
	.factor = (uintptr_t)&ma_secret_factor,
};

static bool
get(const struct walk *w, uintptr_t address, void *to, size_t nbytes)
{
	return w->reader->read(w->reader, address, to, nbytes);
}

/* The leaf of ADDRESS there; its words are NULL if there is none. */
static struct ma_leaf
get_leaf(const struct walk *w, uintptr_t address)
{
	struct ma_leaf leaf = { NULL, NULL };
	size_t i = address >> MA_ROOT_SHIFT;

	if (i >= MA_ROOT_ENTRIES ||
	    !get(w, w->reader->root + i * sizeof(leaf), &leaf, sizeof(leaf)))
		leaf.words = NULL;
	return leaf;
}

static uint32_t
get_word(const struct walk *w, uintptr_t address)
{
	struct ma_leaf leaf = get_leaf(w, address);
	uint32_t word = 0;

	if (leaf.words != NULL)
		get(w, (uintptr_t)&leaf.words[ma_pagemap_leaf_index(address)],
		    &word, sizeof(word));
	return word;
}

/* Asked at the start of a chunk: are there records for word I of LEAF? */
static bool
has_chunk(const struct walk *w, const struct ma_leaf *leaf, size_t i)
{
	uintptr_t chunk = 0;

	return i % MA_CHUNK_RECORDS != 0 ||
		(get(w, (uintptr_t)&leaf->chunks[i / MA_CHUNK_RECORDS], &chunk,
		     sizeof(chunk)) && chunk != 0);
}

/* The first slice at or behind ADDRESS that is not foreign, 0 if none. */
static uintptr_t
next_slice(const struct walk *w, uintptr_t address)
{
	size_t r = address >> MA_ROOT_SHIFT;
	size_t i = ma_pagemap_leaf_index(address);

	for (; r < MA_ROOT_ENTRIES; r++, i = 0) {
		uintptr_t base = (uintptr_t)r << MA_ROOT_SHIFT;
		struct ma_leaf leaf;
		uint8_t used = 0;

		get(w, w->reader->groups + (r >> MA_GROUP_SHIFT), &used, 1);
		if (!used) {
			r |= ((size_t)1 << MA_GROUP_SHIFT) - 1;
			continue;
		}
		leaf = get_leaf(w, base);
		while (leaf.chunks != NULL && i < MA_LEAF_WORDS) {
			uint32_t word = 0;

			/* Slices without a record are foreign. */
			if (!has_chunk(w, &leaf, i)) {
				i = ma_align_down(i, MA_CHUNK_RECORDS) +
					MA_CHUNK_RECORDS;
				continue;
			}
			get(w, (uintptr_t)&leaf.words[i], &word, sizeof(word));
			if (word != 0)
				return base |
					(uintptr_t)i << MA_SLICE_SHIFT;
			i++;
		}
	}
	return 0;
}

/* Copy the record of the slice at ADDRESS; returns where it is, or 0. */
static uintptr_t
get_record(const struct walk *w, uintptr_t address, struct ma_span *span)
{
	struct ma_leaf leaf = get_leaf(w, address);
	uintptr_t chunk = 0, record;
	size_t i = ma_pagemap_leaf_index(address);
	uint32_t version;

	if (leaf.chunks == NULL ||
	    !get(w, (uintptr_t)&leaf.chunks[i / MA_CHUNK_RECORDS], &chunk,
	         sizeof(chunk)) || chunk == 0)
		return 0;
	record = chunk + i % MA_CHUNK_RECORDS * sizeof(*span);
	/* The version first: no field is of an older span than the last. */
	if (!get(w, record + offsetof(struct ma_span, version), &version,
	         sizeof(version)))
		return 0;
	if (!get(w, record, span, sizeof(*span)))
		return 0;
	return span->version == version ? record : 0;
}

/* Has the span of this copied record another use since? */
static bool
is_reused(const struct walk *w, uintptr_t record, const struct ma_span *span)
{
	uint32_t version = span->version + 1;

	get(w, record + offsetof(struct ma_span, version), &version,
	    sizeof(version));
	return version != span->version;
}

/* Or, hardened, had its blocks cleared, that it may have one? */
static bool
has_moved(const struct walk *w, uintptr_t record, const struct ma_span *span)
{
	uint32_t carved = 0;

	if (MA_HARDENED)
		get(w, record + offsetof(struct ma_span, carved), &carved,
		    sizeof(carved));
	return (MA_HARDENED && carved < span->carved) ||
		is_reused(w, record, span);
}

/* --- Visiting ----------------------------------------------------------- */

static void
visit_block(struct walk *w, const struct ma_span *span, uintptr_t address,
            size_t size, int bin, enum memalloc_record_state state)
{
	struct memalloc_record record = {
		.kind = MEMALLOC_RECORD_BLOCK, .state = state,
		.address = (const void *)address, .size = size, .bin = bin,
		.owner = span->owner,
	};

	if (w->result == 0)
		w->result = w->visit(&record, w->arg);
}

static enum memalloc_record_state
block_state(const struct walk *w, uintptr_t address)
{
	struct ma_block copy = { NULL, 0 };

	get(w, address, &copy, sizeof(copy));
	return copy.mark == ma_block_mark(address, (uintptr_t)copy.next,
	                                  w->secret, w->factor) ?
		MEMALLOC_STATE_FREE : MEMALLOC_STATE_LIVE;
}

/* COUNT blocks of SIZE from BASE on. */
static void
visit_blocks(struct walk *w, uintptr_t record, const struct ma_span *span,
             uintptr_t base, uint32_t count, size_t size, int bin)
{
	bool moving = false;

	for (uint32_t i = 0; i < count && w->result == 0; i++) {
		uintptr_t a = base + i * size;
		enum memalloc_record_state state = block_state(w, a);

		/* After its mark was read. */
		moving = moving || has_moved(w, record, span);
		visit_block(w, span, a, size, bin,
		            moving ? MEMALLOC_STATE_MOVING : state);
	}
}

static void
visit_small(struct walk *w, uintptr_t record, const struct ma_span *span)
{
	size_t size = ma_sizeclass[span->bin].size;
	uint32_t left = span->capacity - span->carved;

	visit_blocks(w, record, span, span->base, span->carved, size,
	             span->bin);
	if (left != 0)
		visit_block(w, span, span->base + span->carved * size,
		            left * size, span->bin, MEMALLOC_STATE_UNCARVED);
}

static void
visit_starter(struct walk *w, uintptr_t record, const struct ma_span *span)
{
	uint8_t runs[MA_STARTER_UNITS] = { 0 };
	size_t unit = 0, next;

	/* Without it there is none yet. */
	if (span->runs != NULL)
		get(w, (uintptr_t)span->runs, runs, sizeof(runs));
	for (; unit < MA_STARTER_UNITS; unit = next) {
		uintptr_t base = span->base + unit * MA_STARTER_UNIT;
		unsigned c = ma_starter_run_class(runs[unit]);

		next = unit + 1;
		if (c != MA_CLASSES) {
			next = unit + ma_starter_run_units(c);
			visit_blocks(w, record, span, base,
			             ma_starter_run_blocks(c),
			             ma_sizeclass[c].size, (int)c);
			continue;
		}
		while (next < MA_STARTER_UNITS && ma_starter_run_class(
		       runs[next]) == MA_CLASSES)
			next++;
		visit_block(w, span, base, (next - unit) * MA_STARTER_UNIT,
		            MA_STARTER_BIN, MEMALLOC_STATE_UNCARVED);
	}
}

/* Do the word and the copied record at A belong together? */
static bool
fits_word(const struct ma_span *span, uintptr_t a, uint32_t word)
{
	unsigned owner = ma_word_owner(word);
	uint32_t what = ma_word_what(word);

	if (span->base != a || span->slices == 0)
		return false;
	if (owner != 0)
		return owner == span->owner &&
			ma_word_position(word) == 0 &&
			span->slices <= MA_SPAN_SLICES_MAX &&
			span->bin == ma_word_bin(word) &&
			((span->kind == MA_SPAN_SMALL &&
			  span->bin < MA_CLASSES &&
			  span->carved <= span->capacity &&
			  span->capacity * (size_t)ma_sizeclass[span->bin].size
			  <= (size_t)span->slices << MA_SLICE_SHIFT) ||
			 (span->kind == MA_SPAN_STARTER &&
			  span->bin == MA_STARTER_BIN));
	return (what == MA_WORD_FREE && span->kind == MA_SPAN_FREE) ||
		(what == MA_WORD_LARGE && span->kind == MA_SPAN_LARGE) ||
		(what == MA_WORD_HUGE && span->kind == MA_SPAN_HUGE);
}

static void
visit_contents(struct walk *w, uintptr_t record, const struct ma_span *span)
{
	switch (span->kind) {
	case MA_SPAN_SMALL:
		visit_small(w, record, span);
		break;
	case MA_SPAN_STARTER:
		visit_starter(w, record, span);
		break;
	case MA_SPAN_LARGE:
	case MA_SPAN_HUGE:
		visit_block(w, span, span->base, ma_span_bytes(span),
		            MEMALLOC_BIN_NONE, MEMALLOC_STATE_LIVE);
		break;
	default:
		break;
	}
}

/* Visit what is at slice A; returns where it ends. */
static uintptr_t
visit_span(struct walk *w, uintptr_t a)
{
	struct ma_span span;
	uintptr_t at = get_record(w, a, &span);
	uint32_t word = get_word(w, a);
	struct memalloc_record record = {
		.kind = MEMALLOC_RECORD_SPAN, .address = (const void *)a,
		.size = MA_SLICE_SIZE, .bin = MEMALLOC_BIN_NONE,
		.state = MEMALLOC_STATE_MOVING,
	};
	bool whole = at != 0 && fits_word(&span, a, word) &&
		!is_reused(w, at, &span);

	if (whole) {
		bool small = ma_word_owner(word) != 0;
		bool reserve = ma_span_is_reserve(&span);

		record.size = ma_span_bytes(&span);
		record.state = span.kind == MA_SPAN_FREE || reserve ?
			MEMALLOC_STATE_FREE : MEMALLOC_STATE_LIVE;
		/* A free span's may be the last one's yet. */
		record.owner = small ? span.owner : 0;
		record.bin = small ? span.bin : MEMALLOC_BIN_NONE;
		record.used = small ? span.out :
			record.state != MEMALLOC_STATE_FREE;
		record.capacity = span.kind == MA_SPAN_STARTER ? span.carved :
			small ? span.capacity : record.used;
	}
	w->result = w->visit(&record, w->arg);
	if (whole && w->blocks && w->result == 0 &&
	    record.state != MEMALLOC_STATE_FREE)
		visit_contents(w, at, &span);
	return a + record.size;
}

int
ma_walk(const struct ma_reader *reader, bool blocks, memalloc_visitor *visit,
        void *arg)
{
	struct walk w = { .reader = reader, .visit = visit, .arg = arg,
	                  .blocks = blocks };
	uintptr_t a = 0;

	get(&w, reader->secret, &w.secret, sizeof(w.secret));
	get(&w, reader->factor, &w.factor, sizeof(w.factor));
	while (w.result == 0 && (a = next_slice(&w, a)) != 0)
		a = visit_span(&w, a);
	return w.result;
}

MA_EXPORT int
memalloc_walk(memalloc_visitor *visit, void *arg)
{
	int result;

	if (visit == NULL) {
		ma_error_set(MEMALLOC_ERR_ARGUMENT);
		errno = EINVAL;
		return -1;
	}
	ma_arena_walk_begin();
	result = ma_walk(&ma_reader_self, true, visit, arg);
	ma_arena_walk_end();
	return result;
}
