/* SPDX-License-Identifier: MIT */
/*
 * test_walk.c - the walker behind a reader that fails, or tells nonsense:
 * it must end, lead upwards only, and stay within what it is told.
 */
#include "base.h"

#include <limits.h>
#include <sys/uio.h>
#include <unistd.h>

#include <memalloc.h>

#include "arena.h"
#include "fake_os.h"
#include "heap.h"
#include "util.h"
#include "walk.h"

/* The reader of this process, spoilt. */
struct spoilt {
	struct ma_reader reader;
	size_t reads;     /* so far */
	size_t refuse_at; /* refuse from this one on; 0 never */
	unsigned noise;   /* one read in so many gets a wrong bit; 0 never */
	uint64_t random;
};

/*
 * Any address may be asked for: the kernel looks.  qemu-user lacks the call;
 * there it looks when it writes to a pipe, which valgrind and the sanitizers
 * would not let pass.
 */
static bool
read_safely(uintptr_t address, void *to, size_t nbytes)
{
	struct iovec here = { to, nbytes };
	struct iovec there = { (void *)address, nbytes };
	static int ends[2];

	if (!is_emulated()) {
		return process_vm_readv(getpid(), &here, 1, &there, 1, 0) ==
		       (ssize_t)nbytes;
	}
	REQUIRE(ends[1] != 0 || pipe(ends) == 0, "pipe");
	REQUIRE(nbytes <= PIPE_BUF, "%zu bytes", nbytes);
	return write(ends[1], (void *)address, nbytes) == (ssize_t)nbytes &&
	       read(ends[0], to, nbytes) == (ssize_t)nbytes;
}

static bool
spoilt_read(const struct ma_reader *reader, uintptr_t address, void *to,
            size_t nbytes)
{
	struct spoilt *spoilt = (struct spoilt *)(uintptr_t)reader;

	spoilt->reads++;
	if (spoilt->refuse_at != 0 && spoilt->reads >= spoilt->refuse_at) {
		return false;
	}
	if (!read_safely(address, to, nbytes)) {
		return false;
	}
	if (spoilt->noise != 0 &&
	    next_random(&spoilt->random) % spoilt->noise == 0) {
		size_t bit = next_random(&spoilt->random) % (nbytes * 8);

		((unsigned char *)to)[bit / 8] ^= (unsigned char)(1 << bit % 8);
	}
	return true;
}

static struct spoilt
make_reader(void)
{
	struct spoilt spoilt = { .reader = ma_reader_self };

	spoilt.reader.read = spoilt_read;
	return spoilt;
}

struct trail {
	uintptr_t span_end, block_end;
	size_t spans, blocks, live;
	bool stray;
};

static int
follow(const struct memalloc_record *record, void *arg)
{
	struct trail *trail = arg;
	uintptr_t start = (uintptr_t)record->address;

	if (record->kind == MEMALLOC_RECORD_SPAN) {
		trail->stray |= start < trail->span_end || record->size == 0;
		trail->span_end = start + record->size;
		trail->block_end = start;
		trail->spans++;
	} else {
		trail->stray |= start < trail->block_end ||
		                start + record->size > trail->span_end;
		trail->block_end = start + record->size;
		trail->blocks++;
		trail->live += record->state == MEMALLOC_STATE_LIVE;
	}
	return 0;
}

static void
stir(void)
{
	static void *block[3000];
	uint64_t random = 5;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = memalloc_malloc(next_random(&random) %
		                           (i % 20 ? 1500 : 90000));
	}
	for (size_t i = 0; i < ARRAY_LENGTH(block); i += 3) {
		memalloc_free(block[i]);
	}
	ck_assert_ptr_nonnull(memalloc_malloc(40 * MIB));
}

START_TEST(an_empty_heap_has_no_records)
{
	struct trail trail = { 0, 0, 0, 0, 0, false };

	ck_assert_int_eq(ma_walk(&ma_reader_self, true, follow, &trail), 0);
	ck_assert_uint_eq(trail.spans, 0);
}
END_TEST

START_TEST(without_blocks_the_spans_are_the_same)
{
	struct trail all = { 0, 0, 0, 0, 0, false }, spans = all;

	stir();
	ma_walk(&ma_reader_self, true, follow, &all);
	ma_walk(&ma_reader_self, false, follow, &spans);
	ck_assert_uint_gt(all.spans, 10);
	ck_assert_uint_eq(spans.spans, all.spans);
	ck_assert_uint_eq(spans.blocks, 0);
	ck_assert_uint_eq(all.live, 2001);
	ck_assert(!all.stray);
}
END_TEST

START_TEST(a_reader_of_its_own_sees_the_same)
{
	struct spoilt spoilt = make_reader();
	struct trail direct, read;

	/* With what is between the members: all bytes are compared. */
	memset(&direct, 0, sizeof(direct));
	memset(&read, 0, sizeof(read));
	stir();
	ma_walk(&ma_reader_self, true, follow, &direct);
	ma_walk(&spoilt.reader, true, follow, &read);
	ck_assert_mem_eq(&direct, &read, sizeof(direct));
	ck_assert_uint_gt(spoilt.reads, 1000);
}
END_TEST

START_TEST(a_reader_that_fails_ends_the_walk_in_order)
{
	struct spoilt spoilt = make_reader();
	struct trail trail = { 0, 0, 0, 0, 0, false };
	size_t reads;

	stir();
	ma_walk(&spoilt.reader, true, follow, &trail);
	reads = spoilt.reads;
	for (size_t at = 1; at < reads; at += 1 + at / 5) {
		spoilt = make_reader();
		spoilt.refuse_at = at;
		memset(&trail, 0, sizeof(trail));
		ma_walk(&spoilt.reader, true, follow, &trail);
		REQUIRE(!trail.stray, "refused from read %zu on", at);
	}
}
END_TEST

/* A starter span is made of an old huge one while its record is read: the
   length of the one would be taken for a pointer of the other. */
struct torn {
	struct ma_reader reader;
	uintptr_t record; /* that was read torn; 0 none yet */
	size_t astray;    /* reads of what is not there */
};

static bool
torn_read(const struct ma_reader *reader, uintptr_t address, void *to,
          size_t nbytes)
{
	struct torn *torn = (struct torn *)(uintptr_t)reader;
	struct ma_span *span = to;

	if (!read_safely(address, to, nbytes)) {
		torn->astray++;
		return false;
	}
	if (nbytes == sizeof(*span) && span->kind == MA_SPAN_STARTER) {
		span->nbytes = 33 * MIB;
		span->version++;
		torn->record = address;
	} else if (torn->record != 0 && address ==
	           torn->record + offsetof(struct ma_span, version)) {
		++*(uint32_t *)to;
	}
	return true;
}

START_TEST(a_record_of_two_spans_is_not_believed)
{
	struct torn torn = { .reader = ma_reader_self };
	struct trail trail = { 0, 0, 0, 0, 0, false };

	torn.reader.read = torn_read;
	stir();
	ma_walk(&torn.reader, true, follow, &trail);
	ck_assert_uint_ne(torn.record, 0);
	ck_assert_uint_eq(torn.astray, 0);
	ck_assert(!trail.stray);
}
END_TEST

/* The state of the span at .address, how many blocks are told of in it, and
   how many bytes of it are not yet any. */
struct look {
	uintptr_t address;
	enum memalloc_record_state state;
	size_t blocks, uncarved;
};

static int
look_for_span(const struct memalloc_record *record, void *arg)
{
	struct look *look = arg;
	uintptr_t address = (uintptr_t)record->address;

	if (record->kind == MEMALLOC_RECORD_SPAN && address == look->address) {
		look->state = record->state;
	} else if (record->kind == MEMALLOC_RECORD_BLOCK &&
	           address - look->address < MA_STARTER_SLICES *
	                                     MA_SLICE_SIZE) {
		if (record->state == MEMALLOC_STATE_UNCARVED) {
			look->uncarved += record->size;
		} else {
			look->blocks++;
		}
	}
	return 0;
}

/* Its words stand before the heap has set its table: other memory was taken
   for that, and blocks were told of that crossed the end of the span. */
START_TEST(a_starter_span_without_its_table_has_no_blocks)
{
	static const uint8_t runs[MA_STARTER_UNITS] = { 1 };
	struct ma_span *span = ma_arena_take(MA_STARTER_SLICES, 1,
	                                     MA_STARTER_BIN, MA_SPAN_STARTER);
	struct look look = { 0, MEMALLOC_STATE_FREE, 0, 0 };
	uint32_t offset;

	ck_assert_ptr_nonnull(span);
	look.address = span->base;
	ma_walk(&ma_reader_self, true, look_for_span, &look);
	ck_assert_int_eq(look.state, MEMALLOC_STATE_LIVE);
	ck_assert_uint_eq(look.blocks, 0);
	ck_assert_uint_eq(look.uncarved, MA_STARTER_SLICES * MA_SLICE_SIZE);
	ck_assert_uint_eq(ma_starter_class(span, span->base, &offset),
	                  MA_CLASSES);
	span->runs = runs;
	ma_walk(&ma_reader_self, true, look_for_span, &look);
	ck_assert_int_eq(look.state, MEMALLOC_STATE_LIVE);
	ck_assert_uint_gt(look.blocks, 0);
}
END_TEST

/* Else a walker that interrupts who changes it took old and new fields. */
START_TEST(a_span_between_two_uses_is_moving)
{
	struct ma_span *span = ma_arena_take(1, 1, 5, MA_SPAN_SMALL);
	struct look look = { span->base, MEMALLOC_STATE_FREE, 0, 0 };

	ma_walk(&ma_reader_self, true, look_for_span, &look);
	ck_assert_int_eq(look.state, MEMALLOC_STATE_LIVE);
	ma_span_close(span);
	ma_walk(&ma_reader_self, true, look_for_span, &look);
	ck_assert_int_eq(look.state, MEMALLOC_STATE_MOVING);
	ma_span_open(span, MA_SPAN_SMALL);
	ma_walk(&ma_reader_self, true, look_for_span, &look);
	ck_assert_int_eq(look.state, MEMALLOC_STATE_LIVE);
}
END_TEST

/* Reads, and clears the span .at as soon as its record was read. */
struct clearing {
	struct ma_reader reader;
	struct ma_span *at;
	size_t live;	/* blocks told of as such after that */
	size_t moving;
};

static bool
clearing_read(const struct ma_reader *reader, uintptr_t address, void *to,
              size_t nbytes)
{
	struct clearing *clearing = (struct clearing *)(uintptr_t)reader;

	if (!read_safely(address, to, nbytes)) {
		return false;
	}
	if (address == (uintptr_t)clearing->at &&
	    nbytes == sizeof(struct ma_span)) {
		ma_span_clear(clearing->at);
		memset((void *)clearing->at->base, 0, MA_SLICE_SIZE);
	}
	return true;
}

static int
count_states(const struct memalloc_record *record, void *arg)
{
	struct clearing *clearing = arg;
	uintptr_t address = (uintptr_t)record->address;

	if (record->kind == MEMALLOC_RECORD_BLOCK &&
	    address - clearing->at->base < MA_SLICE_SIZE) {
		clearing->live += record->state == MEMALLOC_STATE_LIVE;
		clearing->moving += record->state == MEMALLOC_STATE_MOVING;
	}
	return 0;
}

/* Hardened: a span loses links and marks before it is given back. */
START_TEST(free_blocks_that_are_cleared_do_not_look_live)
{
	struct clearing clearing = { .reader = ma_reader_self };
	char *p = memalloc_malloc(100);
	uint32_t word;

	/* Of a span, not of the starter. */
	while (ma_word_bin(ma_pagemap_word((uintptr_t)p)) == MA_STARTER_BIN) {
		p = memalloc_malloc(100);
	}
	word = ma_pagemap_word((uintptr_t)p);
	clearing.at = ma_pagemap_record(ma_word_base(word, (uintptr_t)p));
	clearing.reader.read = clearing_read;
	ma_walk(&clearing.reader, true, count_states, &clearing);
	ck_assert(!MA_HARDENED || clearing.live == 0);
	ck_assert(!MA_HARDENED || clearing.moving > 10);
}
END_TEST

START_TEST(nonsense_is_survived)
{
	stir();
	for (unsigned noise = 3; noise < 3000; noise *= 3) {
		for (uint64_t seed = 1; seed <= 4; seed++) {
			struct spoilt spoilt = make_reader();
			struct trail trail = { 0, 0, 0, 0, 0, false };

			/* Each read is a system call: not too many of them. */
			spoilt.noise = noise;
			spoilt.refuse_at = 100000;
			spoilt.random = seed * 1000 + noise;
			ma_walk(&spoilt.reader, true, follow, &trail);
			REQUIRE(!trail.stray, "noise %u, seed %d", noise,
			        (int)seed);
		}
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = add_case(suite, "walk", 60);

	tcase_add_test(tcase, an_empty_heap_has_no_records);
	tcase_add_test(tcase, without_blocks_the_spans_are_the_same);
	tcase_add_test(tcase, a_reader_of_its_own_sees_the_same);
	tcase_add_test(tcase, a_reader_that_fails_ends_the_walk_in_order);
	tcase_add_test(tcase, a_record_of_two_spans_is_not_believed);
	tcase_add_test(tcase, a_starter_span_without_its_table_has_no_blocks);
	tcase_add_test(tcase, a_span_between_two_uses_is_moving);
	tcase_add_test(
		tcase, free_blocks_that_are_cleared_do_not_look_live);
	tcase_add_test(tcase, nonsense_is_survived);
	return run_suite(suite);
}
