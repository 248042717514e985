/* SPDX-License-Identifier: MIT */
/*
 * api_walk.c - the contract of memalloc_walk: order, containment, states.
 */
#include <errno.h>

#include "churn.h"
#include "names.h"
#include "util.h"

/* All records of one walk; static, since a visitor must not allocate. */
static struct memalloc_record records[200000];
static size_t record_count;

static int
keep(const struct memalloc_record *record, void *arg)
{
	(void)arg;
	if (record_count == ARRAY_LENGTH(records)) {
		return -2;
	}
	records[record_count++] = *record;
	return 0;
}

static void
walk(void)
{
	record_count = 0;
	ck_assert_int_eq(memalloc_walk(keep, NULL), 0);
	ck_assert_uint_gt(record_count, 0);
}

/* The record of the block at P in the last walk, or NULL. */
static const struct memalloc_record *
find_block(const void *p)
{
	for (size_t i = 0; i < record_count; i++) {
		if (records[i].kind == MEMALLOC_RECORD_BLOCK &&
		    records[i].address == p) {
			return &records[i];
		}
	}
	return NULL;
}

static const struct memalloc_record *
span_of(const struct memalloc_record *record)
{
	while (record->kind != MEMALLOC_RECORD_SPAN) {
		record--;
	}
	return record;
}

static int
stop_at_third(const struct memalloc_record *record, void *arg)
{
	int *calls = arg;

	(void)record;
	return ++*calls == 3 ? 42 : 0;
}

START_TEST(null_visitor_is_an_error)
{
	errno = 0;
	ck_assert_int_eq(memalloc_walk(NULL, NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ARGUMENT);
}
END_TEST

START_TEST(a_visitor_may_stop_the_walk)
{
	int calls = 0;

	for (int i = 0; i < 10; i++) {
		opaque(memalloc_malloc(100));
	}
	ck_assert_int_eq(memalloc_walk(stop_at_third, &calls), 42);
	ck_assert_int_eq(calls, 3);
}
END_TEST

/* Allocate blocks of all kinds, and free every third. */
static void
stir(void)
{
	static void *block[3000];
	uint64_t random = 17;

	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		size_t size = next_random(&random) % (i % 20 ? 1500 : 90000);

		block[i] = memalloc_malloc(size);
	}
	opaque(memalloc_malloc(40 * MIB));
	opaque(memalloc_aligned_alloc(1 * MIB, 10));
	for (size_t i = 0; i < ARRAY_LENGTH(block); i += 3) {
		memalloc_free(block[i]);
	}
}

START_TEST(spans_and_blocks_come_in_address_order)
{
	uintptr_t span_end = 0, block_end = 0;

	stir();
	walk();
	ck_assert_int_eq(records[0].kind, MEMALLOC_RECORD_SPAN);
	for (size_t i = 0; i < record_count; i++) {
		const struct memalloc_record *r = &records[i];
		uintptr_t start = (uintptr_t)r->address;

		REQUIRE(r->size > 0, "record %zu", i);
		if (r->kind == MEMALLOC_RECORD_SPAN) {
			REQUIRE(start >= span_end, "record %zu", i);
			span_end = start + r->size;
			block_end = start;
		} else {
			REQUIRE(start >= block_end, "record %zu", i);
			block_end = start + r->size;
			REQUIRE(block_end <= span_end, "record %zu", i);
		}
	}
}
END_TEST

START_TEST(nothing_moves_in_a_quiet_process)
{
	stir();
	walk();
	for (size_t i = 0; i < record_count; i++) {
		REQUIRE(records[i].state != MEMALLOC_STATE_MOVING,
		        "record %zu", i);
	}
}
END_TEST

START_TEST(a_block_is_live_until_it_is_freed)
{
	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *p = memalloc_malloc(border_sizes[i]);
		const struct memalloc_record *r;

		walk();
		r = find_block(p);
		REQUIRE(r != NULL, "size %zu", border_sizes[i]);
		REQUIRE(r->state == MEMALLOC_STATE_LIVE, "size %zu",
		        border_sizes[i]);
		REQUIRE(r->size == memalloc_usable_size(p), "size %zu",
		        border_sizes[i]);
		REQUIRE(span_of(r)->state == MEMALLOC_STATE_LIVE, "size %zu",
		        border_sizes[i]);
		REQUIRE(span_of(r)->owner == r->owner, "size %zu",
		        border_sizes[i]);
		memalloc_free(opaque(p));
		walk();
		r = find_block(opaque(p));
		REQUIRE(r == NULL || r->state != MEMALLOC_STATE_LIVE,
		        "size %zu", border_sizes[i]);
	}
}
END_TEST

START_TEST(a_freed_small_block_is_a_free_record)
{
	void *kept = memalloc_malloc(200);
	void *p = memalloc_malloc(200);
	const struct memalloc_record *r;

	memalloc_free(opaque(p));
	walk();
	r = find_block(opaque(p));
	ck_assert_ptr_nonnull(r);
	ck_assert_int_eq(r->state, MEMALLOC_STATE_FREE);
	ck_assert_int_ge(r->bin, 0);
	memalloc_free(kept);
}
END_TEST

START_TEST(small_blocks_have_bins_and_large_ones_have_none)
{
	void *small = memalloc_malloc(100);
	void *large = memalloc_malloc(100000);
	void *huge = memalloc_malloc(40 * MIB);

	walk();
	ck_assert_int_ge(find_block(small)->bin, 0);
	ck_assert_int_eq(find_block(large)->bin, MEMALLOC_BIN_NONE);
	ck_assert_int_eq(find_block(huge)->bin, MEMALLOC_BIN_NONE);
	ck_assert_uint_ne(find_block(small)->owner, 0);
	memalloc_free(small);
	memalloc_free(large);
	memalloc_free(huge);
}
END_TEST

START_TEST(a_freed_large_block_becomes_part_of_a_free_span)
{
	char *p = memalloc_malloc(10 * MIB);
	bool found = false;

	memalloc_free(opaque(p));
	p = opaque(p);
	walk();
	for (size_t i = 0; i < record_count; i++) {
		const struct memalloc_record *r = &records[i];
		const char *start = r->address;

		if (r->kind == MEMALLOC_RECORD_SPAN &&
		    r->state == MEMALLOC_STATE_FREE && start <= p &&
		    start + r->size >= p + 10 * MIB) {
			ck_assert_int_eq(r->bin, MEMALLOC_BIN_NONE);
			ck_assert_uint_eq(r->used, 0);
			found = true;
		}
	}
	ck_assert(found);
}
END_TEST

START_TEST(spans_count_what_is_out_of_them)
{
	size_t live = 0;

	stir();
	memalloc_trim(0); /* Flushes the bins: out is then live. */
	walk();
	for (size_t i = 0; i < record_count; i++) {
		const struct memalloc_record *span = &records[i];

		if (span->kind != MEMALLOC_RECORD_SPAN) {
			REQUIRE(span->state != MEMALLOC_STATE_LIVE ||
			        span->size > 0, "record %zu", i);
			continue;
		}
		live = 0;
		for (size_t k = i + 1; k < record_count &&
		     records[k].kind == MEMALLOC_RECORD_BLOCK; k++) {
			live += records[k].state == MEMALLOC_STATE_LIVE;
		}
		REQUIRE(span->used <= span->capacity, "record %zu", i);
		REQUIRE(span->used == live, "record %zu: used %zu, live %zu",
		        i, span->used, live);
	}
}
END_TEST

START_TEST(uncarved_memory_is_one_record_at_the_end_of_its_span)
{
	size_t uncarved = 0;

	stir();
	walk();
	for (size_t i = 0; i < record_count; i++) {
		if (records[i].state != MEMALLOC_STATE_UNCARVED) {
			continue;
		}
		uncarved += records[i].size;
		REQUIRE(records[i].kind == MEMALLOC_RECORD_BLOCK, "%zu", i);
	}
	ck_assert_uint_gt(uncarved, 0);
}
END_TEST

START_TEST(the_records_add_up_to_the_figures)
{
	struct memalloc_stats stats;
	size_t heap = 0, live = 0, blocks = 0, uncarved = 0, given = 0;

	stir();
	memalloc_stats(&stats, sizeof(stats));
	walk();
	for (size_t i = 0; i < record_count; i++) {
		const struct memalloc_record *r = &records[i];

		if (r->kind == MEMALLOC_RECORD_SPAN) {
			heap += r->size;
			given += r->state == MEMALLOC_STATE_FREE ? r->size : 0;
		} else if (r->state == MEMALLOC_STATE_LIVE) {
			live += r->size;
			blocks++;
		} else if (r->state == MEMALLOC_STATE_UNCARVED) {
			uncarved += r->size;
		} else {
			given += r->size;
		}
	}
	ck_assert_uint_eq(heap, stats.heap);
	ck_assert_uint_eq(live, stats.live);
	ck_assert_uint_eq(blocks, stats.live_blocks);
	ck_assert_uint_eq(uncarved, stats.uncarved);
	ck_assert_uint_eq(given, stats.free + stats.cached);
}
END_TEST

static int
in_order(const struct memalloc_record *record, void *arg)
{
	uintptr_t *end = arg;
	uintptr_t start = (uintptr_t)record->address;

	if (record->kind == MEMALLOC_RECORD_SPAN) {
		if (start < end[0]) {
			return 1;
		}
		end[0] = start + record->size;
		end[1] = start;
	} else {
		if (start < end[1] || start + record->size > end[0]) {
			return 2;
		}
		end[1] = start + record->size;
	}
	return 0;
}

START_TEST(the_walk_stays_in_order_while_others_allocate)
{
	stir();
	churn_start(3, CHURN_SLOTS);
	for (int round = 0; round < 300; round++) {
		uintptr_t end[2] = { 0, 0 };
		int result = memalloc_walk(in_order, end);

		REQUIRE(result == 0, "round %d: %d", round, result);
	}
	churn_end();
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");
	TCase *tcase = add_case(suite, "walk", 60);

	tcase_add_test(tcase, null_visitor_is_an_error);
	tcase_add_test(tcase, a_visitor_may_stop_the_walk);
	tcase_add_test(tcase, spans_and_blocks_come_in_address_order);
	tcase_add_test(tcase, nothing_moves_in_a_quiet_process);
	tcase_add_test(tcase, a_block_is_live_until_it_is_freed);
	tcase_add_test(tcase, a_freed_small_block_is_a_free_record);
	tcase_add_test(tcase, small_blocks_have_bins_and_large_ones_have_none);
	tcase_add_test(tcase,
	               a_freed_large_block_becomes_part_of_a_free_span);
	tcase_add_test(tcase, spans_count_what_is_out_of_them);
	tcase_add_test(tcase,
	               uncarved_memory_is_one_record_at_the_end_of_its_span);
	tcase_add_test(tcase, the_records_add_up_to_the_figures);
	tcase_add_test(tcase, the_walk_stays_in_order_while_others_allocate);
	return run_suite(suite);
}
