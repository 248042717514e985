/* SPDX-License-Identifier: MIT */
/*
 * heap_text.h - read what memalloc_print_heap wrote, and judge it.
 *
 * Each line is parsed and printed again; the two must be equal, so that not
 * even a second space passes.  The text of several calls may stand one after
 * another: heap_text_next() returns one heap at a time.
 */
#ifndef TEST_HEAP_TEXT_H
#define TEST_HEAP_TEXT_H

#include "util.h"

#define HEAP_BINS_MAX 256

struct heap_block {
	uintptr_t address;
	size_t size;
	char state[12];
};

struct heap_span {
	uintptr_t address;
	size_t size, used, capacity;
	char bin[12];
	unsigned owner;
	bool moving;
	size_t first, blocks; /* Its records in block[]. */
};

struct heap_bin {
	size_t number, size, count;
};

struct heap_text {
	struct heap_span *span;
	struct heap_block *block;
	size_t spans, blocks, span_room, block_room;
	struct heap_bin bin[HEAP_BINS_MAX];
	size_t bins;
	size_t heap, live, free, uncarved, slack, moving;
	unsigned totals; /* A bit for each key seen. */
};

/* The last one is printed only where something moved. */
static const char *const heap_keys[] = { "heap", "live", "free", "uncarved",
                                         "slack", "moving" };

static inline void *
heap_text_room(void *array, size_t used, size_t *room, size_t each)
{
	if (used == *room) {
		*room = *room == 0 ? 1024 : *room * 2;
		array = realloc(array, *room * each);
		REQUIRE(array != NULL, "harness");
	}
	return array;
}

static inline void
heap_text_span(struct heap_text *h, const char *line, char *again, size_t size)
{
	struct heap_span *s;

	h->span = heap_text_room(h->span, h->spans, &h->span_room,
	                         sizeof(*h->span));
	s = &h->span[h->spans++];
	memset(s, 0, sizeof(*s));
	sscanf(line, "span 0x%zx %zu %11s %u %zu/%zu", &s->address, &s->size,
	       s->bin, &s->owner, &s->used, &s->capacity);
	s->moving = strstr(line, " moving") != NULL;
	snprintf(again, size, "span 0x%zx %zu %s %u %zu/%zu%s", s->address,
	         s->size, s->bin, s->owner, s->used, s->capacity,
	         s->moving ? " moving" : "");
	s->first = h->blocks;
	REQUIRE(strcmp(s->bin, "-") == 0 ||
	        strspn(s->bin, "0123456789") == strlen(s->bin), "%s", line);
}

static inline void
heap_text_block(struct heap_text *h, const char *line, char *again,
                size_t size)
{
	struct heap_block *b;

	REQUIRE(h->spans > 0, "block before any span: %s", line);
	h->block = heap_text_room(h->block, h->blocks, &h->block_room,
	                          sizeof(*h->block));
	b = &h->block[h->blocks++];
	memset(b, 0, sizeof(*b));
	sscanf(line, "block 0x%zx %zu %11s", &b->address, &b->size, b->state);
	snprintf(again, size, "block 0x%zx %zu %s", b->address, b->size,
	         b->state);
	h->span[h->spans - 1].blocks++;
	REQUIRE(strcmp(b->state, "live") == 0 ||
	        strcmp(b->state, "free") == 0 ||
	        strcmp(b->state, "uncarved") == 0 ||
	        strcmp(b->state, "moving") == 0, "%s", line);
}

static inline void
heap_text_total(struct heap_text *h, const char *line, char *again,
                size_t size)
{
	size_t *const value[] = { &h->heap, &h->live, &h->free, &h->uncarved,
	                          &h->slack, &h->moving };
	char key[12] = "";
	size_t bytes = 0;

	sscanf(line, "total %11s %zu", key, &bytes);
	snprintf(again, size, "total %s %zu", key, bytes);
	for (unsigned i = 0; i < ARRAY_LENGTH(heap_keys); i++) {
		if (strcmp(key, heap_keys[i]) == 0) {
			REQUIRE(!(h->totals & 1u << i), "%s", line);
			h->totals |= 1u << i;
			*value[i] = bytes;
			return;
		}
	}
	REQUIRE(false, "%s", line);
}

/*
 * Parse the next heap from *TEXT into *H, which is overwritten, and move
 * *TEXT behind it.  False at the end of the text.
 */
__attribute__((unused)) static bool
heap_text_next(struct heap_text *h, const char **text)
{
	enum { SPANS, BINS, TOTALS } part = SPANS;

	h->spans = h->blocks = h->bins = h->moving = 0;
	h->totals = 0;
	if (**text == '\0') {
		return false;
	}
	while (**text != '\0') {
		const char *end = strchr(*text, '\n');
		char line[200], again[200] = "";

		REQUIRE(end != NULL && end - *text < 200, "unfinished line");
		memcpy(line, *text, end - *text);
		line[end - *text] = '\0';
		if (strncmp(line, "span ", 5) == 0) {
			if (part == TOTALS) {
				break;
			}
			REQUIRE(part == SPANS, "%s", line);
			heap_text_span(h, line, again, sizeof(again));
		} else if (strncmp(line, "block ", 6) == 0) {
			REQUIRE(part == SPANS, "%s", line);
			heap_text_block(h, line, again, sizeof(again));
		} else if (strncmp(line, "bin ", 4) == 0) {
			struct heap_bin *b = &h->bin[h->bins++];

			REQUIRE(part != TOTALS, "%s", line);
			REQUIRE(h->bins < HEAP_BINS_MAX, "%s", line);
			part = BINS;
			sscanf(line, "bin %zu %zu %zu", &b->number, &b->size,
			       &b->count);
			snprintf(again, sizeof(again), "bin %zu %zu %zu",
			         b->number, b->size, b->count);
		} else {
			part = TOTALS;
			heap_text_total(h, line, again, sizeof(again));
		}
		REQUIRE(strcmp(line, again) == 0, "\"%s\"", line);
		*text = end + 1;
	}
	REQUIRE((h->totals | 1u << 5) == (1u << ARRAY_LENGTH(heap_keys)) - 1,
	        "totals seen: %x", h->totals);
	return true;
}

/*
 * Is it a free span?  It has no blocks, no room for any, and no owner: a
 * starter span that was made just now has none but an owner.
 */
static inline bool
heap_span_is_free(const struct heap_span *s)
{
	return s->used == 0 && s->capacity == 0 && s->owner == 0;
}

/* Address order; blocks within their spans. */
__attribute__((unused)) static void
heap_text_expect_order(const struct heap_text *h)
{
	uintptr_t span_end = 0;

	for (size_t i = 0; i < h->spans; i++) {
		const struct heap_span *s = &h->span[i];
		uintptr_t block_end = s->address;

		REQUIRE(s->size > 0, "span %zx", s->address);
		REQUIRE(s->address >= span_end, "span %zx", s->address);
		span_end = s->address + s->size;
		for (size_t k = s->first; k < s->first + s->blocks; k++) {
			const struct heap_block *b = &h->block[k];

			REQUIRE(b->size > 0, "block %zx", b->address);
			REQUIRE(b->address >= block_end, "block %zx",
			        b->address);
			block_end = b->address + b->size;
			REQUIRE(block_end <= span_end, "block %zx of %zu, %s, "
			        "in a span of bin %s: %zx of %zu", b->address,
			        b->size, b->state, s->bin, s->address,
			        s->size);
		}
	}
}

/* The totals are the sums over the records, to the byte. */
__attribute__((unused)) static void
heap_text_expect_sums(struct heap_text *h)
{
	size_t heap = 0, live = 0, free_bytes = 0, uncarved = 0, moving = 0;

	for (size_t i = 0; i < h->spans; i++) {
		heap += h->span[i].size;
		if (h->span[i].moving) {
			moving += h->span[i].size;
		} else if (heap_span_is_free(&h->span[i])) {
			free_bytes += h->span[i].size;
		}
	}
	for (size_t i = 0; i < h->blocks; i++) {
		switch (h->block[i].state[0]) {
		case 'l':
			live += h->block[i].size;
			break;
		case 'f':
			free_bytes += h->block[i].size;
			break;
		case 'u':
			uncarved += h->block[i].size;
			break;
		default:
			moving += h->block[i].size;
			break;
		}
	}
	REQUIRE(h->heap == heap, "%zu, sum %zu", h->heap, heap);
	REQUIRE(h->live == live, "%zu, sum %zu", h->live, live);
	REQUIRE(h->free == free_bytes, "%zu, sum %zu", h->free, free_bytes);
	REQUIRE(h->uncarved == uncarved, "%zu, sum %zu", h->uncarved,
	        uncarved);
	REQUIRE(h->moving == moving, "%zu, sum %zu", h->moving, moving);
	REQUIRE(h->heap == h->live + h->free + h->uncarved + h->slack +
	        h->moving, "heap %zu, live %zu, free %zu, uncarved %zu, "
	        "slack %zu, moving %zu", h->heap, h->live, h->free,
	        h->uncarved, h->slack, h->moving);
}

/* Each bin counts the free blocks of its size, and no size lacks a bin. */
__attribute__((unused)) static void
heap_text_expect_bins(const struct heap_text *h)
{
	size_t counted = 0, seen = 0;

	for (size_t i = 0; i < h->bins; i++) {
		size_t count = 0;

		REQUIRE(i == 0 || (h->bin[i].number > h->bin[i - 1].number &&
		                   h->bin[i].size > h->bin[i - 1].size),
		        "bin %zu", h->bin[i].number);
		for (size_t k = 0; k < h->blocks; k++) {
			count += h->block[k].state[0] == 'f' &&
			         h->block[k].size == h->bin[i].size;
		}
		REQUIRE(count == h->bin[i].count,
		        "bin %zu of size %zu: %zu, records %zu",
		        h->bin[i].number, h->bin[i].size, h->bin[i].count,
		        count);
		counted += count;
	}
	for (size_t k = 0; k < h->blocks; k++) {
		seen += h->block[k].state[0] == 'f';
	}
	REQUIRE(counted == seen, "in bins %zu, records %zu", counted, seen);
}

__attribute__((unused)) static void
heap_text_release(struct heap_text *h)
{
	free(h->span);
	free(h->block);
	memset(h, 0, sizeof(*h));
}

#endif /* TEST_HEAP_TEXT_H */
