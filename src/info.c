/* SPDX-License-Identifier: MIT */
/*
 * info.c - glibc's tuning and reporting functions, made real.
 *
 * The XML and the text have glibc's skeletons, since scripts and the JVM
 * parse them; numbers are never cut to 32 bits.
 */
#include "base.h"

#include <errno.h>
#include <stdio.h>

#include <memalloc.h>

#include "arena.h"
#include "count.h"
#include "diag.h"
#include "error.h"
#include "heap.h"
#include "info.h"
#include "option.h"
#include "os.h"
#include "thread.h"
#include "walk.h"

/* The parameters of mallopt that act here, by glibc's numbers. */
enum {
	TRIM_THRESHOLD = -1,
	TOP_PAD = -2,
	MMAP_THRESHOLD = -3,
	MMAP_MAX = -4,
	PERTURB = -6
};

#define LEAST_HUGE ((size_t)64 << 10)

static struct memalloc_stats
get_stats(void)
{
	struct memalloc_stats s;

	memalloc_stats(&s, sizeof(s));
	return s;
}

struct ma_mallinfo
ma_info_mallinfo(void)
{
	struct memalloc_stats s = get_stats();
	struct ma_mallinfo info = { 0 };
	struct ma_span *top;

	ma_lock_take(&ma_arena.lock);
	info.hblks = ma_arena.huge;
	info.hblkhd = ma_arena.huge_bytes;
	top = ma_arena_top();
	info.keepcost = top != NULL ? ma_span_bytes(top) : 0;
	ma_lock_release(&ma_arena.lock);
	info.arena = s.heap - info.hblkhd;
	info.ordblks = s.free_spans;
	info.fordblks = s.free + s.cached + s.uncarved + s.slack;
	info.uordblks = info.arena - info.fordblks;
	return info;
}

/* glibc's thresholds are ints; negative ones mean "never" there. */
static bool
set_parameter(int parameter, int value)
{
	size_t n = (size_t)value;

	switch (parameter) {
	case TRIM_THRESHOLD:
		ma_options.trim_threshold = value < 0 ? SIZE_MAX : n;
		return true;
	case TOP_PAD:
		if (value >= 0)
			ma_options.top_pad = n;
		return value >= 0;
	case MMAP_THRESHOLD:
		if (value >= 0)
			ma_options.huge_threshold =
				n < LEAST_HUGE ? LEAST_HUGE : n;
		return value >= 0;
	case MMAP_MAX:
		if (value >= 0)
			ma_options.huge_max = n;
		return value >= 0;
	case PERTURB:
		ma_options.perturb = n & 0xff;
		ma_thread_choose_hit();
		return true;
	default:
		return true;
	}
}

int
ma_info_mallopt(int parameter, int value)
{
	if (set_parameter(parameter, value))
		return 1;
	ma_error_set(MEMALLOC_ERR_OPTION);
	return 0;
}

/* --- malloc_info -------------------------------------------------------- */

/* Free blocks by class, and free spans. */
struct free_sizes {
	size_t counts[MA_CLASSES];
	size_t spans, span_bytes;
};

static int
count_free(const struct memalloc_record *r, void *arg)
{
	struct free_sizes *f = arg;

	if (r->state != MEMALLOC_STATE_FREE)
		return 0;
	if (r->kind == MEMALLOC_RECORD_SPAN) {
		f->spans++;
		f->span_bytes += r->size;
	} else {
		f->counts[r->bin]++;
	}
	return 0;
}

static void
print_sizes(FILE *stream, const struct free_sizes *f)
{
	fputs("<sizes>\n", stream);
	for (unsigned c = 0; c < MA_CLASSES; c++) {
		size_t size = ma_sizeclass[c].size;
		size_t before = c == 0 ? 0 : ma_sizeclass[c - 1].size;

		if (f->counts[c] != 0)
			fprintf(stream, "  <size from=\"%zu\" to=\"%zu\" "
			        "total=\"%zu\" count=\"%zu\"/>\n", before + 1,
			        size, f->counts[c] * size, f->counts[c]);
	}
	fputs("</sizes>\n", stream);
}

static void
print_system(FILE *stream, size_t now, size_t peak)
{
	fprintf(stream, "<system type=\"current\" size=\"%zu\"/>\n"
	        "<system type=\"max\" size=\"%zu\"/>\n"
	        "<aspace type=\"total\" size=\"%zu\"/>\n"
	        "<aspace type=\"mprotect\" size=\"%zu\"/>\n", now, peak, now,
	        now);
}

static void
print_xml(FILE *stream, const struct memalloc_stats *s,
          const struct free_sizes *f)
{
	struct ma_mallinfo info = ma_info_mallinfo();
	size_t rest = f->spans, rest_bytes = f->span_bytes;

	for (unsigned c = 0; c < MA_CLASSES; c++) {
		rest += f->counts[c];
		rest_bytes += f->counts[c] * ma_sizeclass[c].size;
	}
	fputs("<malloc version=\"1\">\n<heap nr=\"0\">\n", stream);
	print_sizes(stream, f);
	fputs("<total type=\"fast\" count=\"0\" size=\"0\"/>\n", stream);
	fprintf(stream, "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n",
	        rest, rest_bytes);
	print_system(stream, s->heap - info.hblkhd, s->heap_peak);
	fputs("</heap>\n<total type=\"fast\" count=\"0\" size=\"0\"/>\n",
	      stream);
	fprintf(stream, "<total type=\"rest\" count=\"%zu\" size=\"%zu\"/>\n"
	        "<total type=\"mmap\" count=\"%zu\" size=\"%zu\"/>\n",
	        rest, rest_bytes, info.hblks, info.hblkhd);
	print_system(stream, s->heap, s->heap_peak);
	fputs("</malloc>\n", stream);
}

int
ma_info_xml(int options, FILE *stream)
{
	struct memalloc_stats s;
	struct free_sizes f = { .spans = 0 };

	if (options != 0 || stream == NULL) {
		ma_error_set(MEMALLOC_ERR_ARGUMENT);
		return EINVAL;
	}
	s = get_stats();
	memalloc_walk(count_free, &f);
	print_xml(stream, &s, &f);
	if (ferror(stream)) {
		ma_error_set(MEMALLOC_ERR_OUTPUT);
		return errno != 0 ? errno : EIO;
	}
	return 0;
}

/* --- malloc_stats ------------------------------------------------------- */

/* "NAME = " and N right-aligned in ten columns, as glibc prints it. */
static void
add_figure(struct ma_text *text, const char *name, size_t n)
{
	size_t digits = 1;

	for (size_t rest = n; rest >= 10; rest /= 10)
		digits++;
	ma_text_add(text, "%s = ", name);
	for (; digits < 10; digits++)
		ma_text_add(text, " ");
	ma_text_add(text, "%zu\n", n);
}

void
ma_info_stats(void)
{
	char buffer[512];
	struct ma_text text = ma_text_over(buffer, sizeof(buffer));
	struct memalloc_stats s = get_stats();
	struct ma_mallinfo info = ma_info_mallinfo();

	ma_text_add(&text, "Arena 0:\n");
	add_figure(&text, "system bytes    ", info.arena);
	add_figure(&text, "in use bytes    ", info.uordblks);
	ma_text_add(&text, "Total (incl. mmap):\n");
	add_figure(&text, "system bytes    ", s.heap);
	add_figure(&text, "in use bytes    ", info.uordblks + info.hblkhd);
	add_figure(&text, "max mmap regions", ma_arena.huge_peak);
	add_figure(&text, "max mmap bytes  ", ma_arena.huge_bytes_peak);
	if (MA_DEBUG) {
		add_figure(&text, "remote frees    ",
		           ma_counted(MA_COUNT_REMOTE_FREES));
		add_figure(&text, "remote atomics  ",
		           ma_counted(MA_COUNT_REMOTE_ATOMICS));
		add_figure(&text, "spans moved     ",
		           ma_counted(MA_COUNT_SPANS));
		add_figure(&text, "arena locks     ",
		           ma_counted(MA_COUNT_ARENA_LOCKS));
	}
	ma_os_write(2, text.start, text.used);
}
