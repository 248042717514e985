/* SPDX-License-Identifier: MIT */
/*
 * print.c - the whole heap as text.
 *
 * Put together in a small buffer and written by write(2): no allocation, no
 * lock, little stack, so that a signal handler can use it.  The totals are
 * sums over the records as they were printed.
 */
#include "base.h"

#include <memalloc.h>

#include "arena.h"
#include "diag.h"
#include "error.h"
#include "heap.h"
#include "os.h"
#include "walk.h"

#define BUFFER_SIZE 1024
#define LINE_MAX_SIZE 128

enum total { HEAP, LIVE, FREE, UNCARVED, MOVING, TOTALS };

struct printer {
	struct ma_text text;
	int fd;
	bool failed;
	size_t totals[TOTALS];
	size_t counts[MA_CLASSES];	/* free blocks of each bin */
};

static const char *const state_names[] = {
	[MEMALLOC_STATE_LIVE] = "live",
	[MEMALLOC_STATE_FREE] = "free",
	[MEMALLOC_STATE_UNCARVED] = "uncarved",
	[MEMALLOC_STATE_MOVING] = "moving",
};

static const enum total state_totals[] = {
	[MEMALLOC_STATE_LIVE] = LIVE,
	[MEMALLOC_STATE_FREE] = FREE,
	[MEMALLOC_STATE_UNCARVED] = UNCARVED,
	[MEMALLOC_STATE_MOVING] = MOVING,
};

static void
flush_text(struct printer *p)
{
	if (!p->failed && p->text.used != 0)
		p->failed = !ma_os_write(p->fd, p->text.start, p->text.used);
	p->text.used = 0;
}

/* Room for one more line. */
static struct ma_text *
line_of(struct printer *p)
{
	if (p->text.room - p->text.used < LINE_MAX_SIZE)
		flush_text(p);
	return &p->text;
}

static void
print_span(struct printer *p, const struct memalloc_record *r)
{
	struct ma_text *line = line_of(p);

	p->totals[HEAP] += r->size;
	if (r->state == MEMALLOC_STATE_FREE)
		p->totals[FREE] += r->size;
	if (r->state == MEMALLOC_STATE_MOVING)
		p->totals[MOVING] += r->size;
	ma_text_add(line, "span %p %zu ", r->address, r->size);
	if (r->bin == MEMALLOC_BIN_NONE)
		ma_text_add(line, "-");
	else
		ma_text_add(line, "%d", r->bin);
	ma_text_add(line, " %u %zu/%zu%s\n", r->owner, r->used, r->capacity,
	            r->state == MEMALLOC_STATE_MOVING ? " moving" : "");
}

static int
print_record(const struct memalloc_record *r, void *arg)
{
	struct printer *p = arg;

	if (r->kind == MEMALLOC_RECORD_SPAN) {
		print_span(p, r);
	} else {
		p->totals[state_totals[r->state]] += r->size;
		if (r->state == MEMALLOC_STATE_FREE)
			p->counts[r->bin]++;
		ma_text_add(line_of(p), "block %p %zu %s\n", r->address,
		            r->size, state_names[r->state]);
	}
	return p->failed;
}

static void
print_bins(struct printer *p)
{
	for (unsigned c = 0; c < MA_CLASSES; c++)
		ma_text_add(line_of(p), "bin %u %u %zu\n", c,
		            ma_sizeclass[c].size, p->counts[c]);
}

static void
print_totals(struct printer *p)
{
	size_t known = p->totals[LIVE] + p->totals[FREE] +
		p->totals[UNCARVED] + p->totals[MOVING];

	ma_text_add(line_of(p), "total heap %zu\n", p->totals[HEAP]);
	ma_text_add(line_of(p), "total live %zu\n", p->totals[LIVE]);
	ma_text_add(line_of(p), "total free %zu\n", p->totals[FREE]);
	ma_text_add(line_of(p), "total uncarved %zu\n", p->totals[UNCARVED]);
	if (p->totals[MOVING] != 0)
		ma_text_add(line_of(p), "total moving %zu\n",
		            p->totals[MOVING]);
	ma_text_add(line_of(p), "total slack %zu\n",
	            p->totals[HEAP] - known);
}

MA_EXPORT int
memalloc_print_heap(int fd)
{
	char buffer[BUFFER_SIZE];
	struct printer p = { .fd = fd };

	p.text = ma_text_over(buffer, sizeof(buffer));
	ma_arena_walk_begin();
	ma_walk(&ma_reader_self, true, print_record, &p);
	ma_arena_walk_end();
	print_bins(&p);
	print_totals(&p);
	flush_text(&p);
	if (p.failed) {
		ma_error_set(MEMALLOC_ERR_OUTPUT);
		return -1;
	}
	return 0;
}

MA_EXPORT void
print_mem_heap(void)
{
	memalloc_print_heap(1);
}
