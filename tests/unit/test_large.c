/* SPDX-License-Identifier: MIT */
/*
 * test_large.c - large and huge blocks on a scripted system.
 */
#include "base.h"

#include "arena.h"
#include "fake_os.h"
#include "large.h"
#include "os.h"
#include "option.h"
#include "pagemap.h"
#include "util.h"

static struct ma_span *
span_of(void *p)
{
	return ma_pagemap_span((uintptr_t)p);
}

static void
stripe(char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i += 4096) {
		p[i] = (char)pattern_byte(i, seed);
	}
}

static bool
is_striped(const char *p, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i += 4096) {
		if (p[i] != (char)pattern_byte(i, seed)) {
			return false;
		}
	}
	return true;
}

START_TEST(the_threshold_parts_large_from_huge)
{
	void *large = ma_large_alloc(ma_options.huge_threshold - 1, 1,
	                             MA_LARGE_ANY);
	void *huge = ma_large_alloc(ma_options.huge_threshold, 1, MA_LARGE_ANY);

	ck_assert_uint_eq(span_of(large)->kind, MA_SPAN_LARGE);
	ck_assert_uint_eq(span_of(huge)->kind, MA_SPAN_HUGE);
	ma_large_free(span_of(large));
	ma_large_free(span_of(huge));
	ck_assert_uint_eq(ma_arena.huge, 0);
	ck_assert_uint_eq(ma_arena.from_map, 0);
}
END_TEST

START_TEST(good_sizes_are_what_blocks_have)
{
	for (size_t size = 32769; size < 80 * MIB; size += size / 5) {
		void *p = ma_large_alloc(size, 1, MA_LARGE_ANY);

		REQUIRE(ma_span_bytes(span_of(p)) == ma_large_good_size(size),
		        "%zu", size);
		ma_large_free(span_of(p));
	}
}
END_TEST

START_TEST(each_kind_stands_in_for_the_other)
{
	void *p;

	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	p = ma_large_alloc(1 * MIB, 1, MA_LARGE_ZERO);
	ck_assert_ptr_nonnull(p);
	stripe(p, 1 * MIB, 1);
	ma_large_free(span_of(p));
	fake_os_refuse(FAKE_BREAK_EXTEND, false);
	fake_os_refuse(FAKE_MAP, true);
	p = ma_large_alloc(40 * MIB, 1, MA_LARGE_ZERO);
	ck_assert_ptr_nonnull(p);
	stripe(p, 40 * MIB, 1);
	ma_large_free(span_of(p));
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	ck_assert_ptr_null(ma_large_alloc(200 * MIB, 1, MA_LARGE_ZERO));
}
END_TEST

START_TEST(no_more_than_huge_max_blocks_are_huge)
{
	void *p[3];

	ma_options.huge_max = 2;
	for (int i = 0; i < 3; i++) {
		p[i] = ma_large_alloc(40 * MIB, 1, MA_LARGE_ANY);
	}
	ck_assert_uint_eq(span_of(p[1])->kind, MA_SPAN_HUGE);
	ck_assert_uint_eq(span_of(p[2])->kind, MA_SPAN_LARGE);
	ma_large_free(span_of(p[0]));
	ck_assert_uint_eq(span_of(ma_large_alloc(40 * MIB, 1,
	                                         MA_LARGE_ANY))->kind,
	                  MA_SPAN_HUGE);
}
END_TEST

START_TEST(a_mapping_that_stayed_serves_the_next_huge_block)
{
	size_t size = 16 * MIB, mapped;
	char *p;

	ma_options.huge_threshold = size;
	p = ma_large_alloc(size, 1, MA_LARGE_ANY);
	mapped = ma_arena.from_map;
	fake_os_refuse(FAKE_UNMAP, true);
	for (int i = 0; i < 4; i++) {
		stripe(p, size, 1);
		ma_large_free(span_of(p));
		p = ma_large_alloc(size, 1, MA_LARGE_ZERO);
		ck_assert(is_filled(p, size - ma_os_guard_bytes(), 0));
		ck_assert_uint_eq(ma_arena.from_map, mapped);
	}
	/* One that is smaller has it as room to grow. */
	ma_large_free(span_of(p));
	ma_options.huge_threshold = 10 * MIB;
	p = ma_large_alloc(10 * MIB, 1, MA_LARGE_ANY);
	ck_assert_uint_eq(ma_arena.from_map, mapped);
	ck_assert_uint_eq(span_of(p)->carved, ma_slices_for(10 * MIB));
	ck_assert_ptr_eq(ma_large_resize(span_of(p), 16 * MIB), p);
	/* A second one at the same time has no such place. */
	ck_assert_uint_eq(span_of(ma_large_alloc(size, 1, MA_LARGE_ANY))->kind,
	                  MA_SPAN_HUGE);
	ck_assert_uint_eq(ma_arena.from_map, 2 * mapped);
}
END_TEST

/* A block of SIZE that cannot grow where it is. */
static void *
take_hemmed_in(size_t size)
{
	void *p = ma_large_alloc(size, 1, MA_LARGE_ANY);

	ck_assert_ptr_nonnull(p);
	/* Others lie above it. */
	while (ma_large_alloc(size, 1, MA_LARGE_ANY) < p) {
		continue;
	}
	return p;
}

START_TEST(a_block_that_moved_to_grow_keeps_its_room)
{
	char *p = take_hemmed_in(200 * KIB);
	char *moved = ma_large_resize(span_of(p), 400 * KIB);
	size_t room = ma_span_bytes(span_of(moved));

	ck_assert_ptr_ne(moved, p);
	ck_assert_uint_ge(room, 440 * KIB);
	for (size_t size = 400 * KIB; size <= 440 * KIB; size += 8 * KIB) {
		ck_assert_ptr_eq(ma_large_resize(span_of(moved), size), moved);
		ck_assert_uint_eq(ma_span_bytes(span_of(moved)), room);
	}
	/* One that shrinks gives it up. */
	ck_assert_ptr_eq(ma_large_resize(span_of(moved), 300 * KIB), moved);
	ck_assert_uint_lt(ma_span_bytes(span_of(moved)), 320 * KIB);
}
END_TEST

START_TEST(a_block_that_moves_to_grow_gets_a_mapping_from_1_mib_on)
{
	char *p = take_hemmed_in(MIB);
	char *moved;

	memset(p, 7, MIB);
	moved = ma_large_resize(span_of(p), 2 * MIB);
	ck_assert_uint_eq(span_of(moved)->kind, MA_SPAN_HUGE);
	ck_assert(is_filled(moved, MIB, 7));
	ck_assert_uint_eq(span_of(ma_large_alloc(2 * MIB, 1,
	                                         MA_LARGE_ANY))->kind,
	                  MA_SPAN_LARGE);
	/* Freed, it is known that the program makes blocks of this size. */
	ma_large_free(span_of(moved));
	p = take_hemmed_in(MIB);
	moved = ma_large_resize(span_of(p), 2 * MIB);
	ck_assert_uint_eq(span_of(moved)->kind, MA_SPAN_LARGE);
}
END_TEST

/* Touch so many pages of a thousand of the block P. */
static void
touch(char *p, size_t thousandths)
{
	for (size_t at = 0; at < ma_span_bytes(span_of(p)); at += 4096) {
		if (at / 4096 % 1000 < thousandths) {
			p[at] = 1;
		}
	}
}

/* Take and free COUNT blocks that are touched like that. */
static void
use_large(int count, size_t thousandths)
{
	for (int i = 0; i < count; i++) {
		char *p = ma_large_alloc(5 * MIB, 1, MA_LARGE_ANY);

		touch(p, thousandths);
		ma_large_free(span_of(p));
	}
}

/* COUNT blocks of 5 MiB at a time, touched like that, then freed. */
static void
use_many(int count, size_t thousandths)
{
	char *p[16];

	for (int i = 0; i < count; i++) {
		p[i] = ma_large_alloc(5 * MIB, 1, MA_LARGE_ANY);
		touch(p[i], thousandths);
	}
	for (int i = 0; i < count; i++) {
		ma_large_free(span_of(p[i]));
	}
}

START_TEST(filled_large_blocks_get_huge_pages)
{
	use_many(8, 1000);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
	ma_arena_trim(0);
	/* What fits into the block in whole. */
	ck_assert_uint_eq(span_of(ma_large_alloc(5 * MIB, 1, MA_LARGE_ANY))->
	                  kind, MA_SPAN_LARGE);
	ck_assert_uint_ge(fake_os_huge_pages(), 2 * MIB);
	ck_assert_uint_le(fake_os_huge_pages(), 4 * MIB);
}
END_TEST

START_TEST(filled_blocks_that_are_smaller_get_none)
{
	use_many(8, 1000);
	ma_arena_trim(0);
	ma_large_alloc(MIB, 1, MA_LARGE_ANY);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
}
END_TEST

/* Else the system would bring back what was taken out of them. */
START_TEST(huge_pages_end_where_they_are_purged)
{
	void *p, *guard;
	size_t got, ended;

	use_many(8, 1000);
	ma_arena_trim(0);
	got = fake_os_huge_pages();
	ended = fake_os_no_huge_pages();
	p = ma_large_alloc(9 * MIB, 1, MA_LARGE_ANY);
	got = fake_os_huge_pages() - got;
	guard = ma_large_alloc(MIB, 1, MA_LARGE_ANY);
	ck_assert_uint_gt(got, 0);
	memset(p, 1, 9 * MIB);
	ck_assert_ptr_eq(ma_large_resize(span_of(p), 5 * MIB), p);
	ma_large_free(span_of(p));
	ck_assert_uint_eq(fake_os_no_huge_pages(), ended);
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_no_huge_pages(), ended + got);
	ck_assert_uint_eq(ma_arena.huge_borders, 0);
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_no_huge_pages(), ended + got);
	ma_large_free(span_of(guard));
}
END_TEST

START_TEST(a_block_that_grows_in_place_counts_as_used)
{
	char *hole = ma_large_alloc(2 * MIB, 1, MA_LARGE_ANY);
	char *p = ma_large_alloc(3 * MIB, 1, MA_LARGE_ANY);
	size_t purged;

	ma_large_free(span_of(hole));
	purged = ma_arena.purged;
	ck_assert_ptr_eq(ma_large_resize(span_of(p), 25 * MIB), p);
	memset(p, 1, 25 * MIB);
	ma_large_free(span_of(p));
	/* Else the first block of clean slices would have it given back. */
	ck_assert_ptr_eq(ma_large_alloc(2 * MIB, 1, MA_LARGE_ANY), hole);
	ck_assert_uint_eq(ma_arena.purged, purged);
}
END_TEST

START_TEST(bytes_of_untouched_blocks_count_as_given_back)
{
	char *p = ma_large_alloc(8 * MIB, 1, MA_LARGE_ANY);
	size_t purged = ma_arena.purged;

	if (!SLICES_ARE_PAGES) {
		return;
	}
	ma_large_free(span_of(p));
	ck_assert_uint_eq(ma_arena.purged, purged + 8 * MIB);
}
END_TEST

START_TEST(an_untouched_block_leaves_nothing_when_it_is_freed)
{
	for (size_t size = MIB; SLICES_ARE_PAGES && size < 32 * MIB;
	     size += 3 * MIB) {
		char *p = ma_large_alloc(size, 1, MA_LARGE_ANY);
		size_t dirty = ma_arena.dirty;

		p[0] = p[size - 1] = 1;
		ma_large_free(span_of(p));
		REQUIRE(ma_arena.dirty == dirty, "%zu", size);
		p = ma_large_alloc(size, 1, MA_LARGE_ANY);
		REQUIRE(p[0] == 0 && p[size - 1] == 0, "%zu", size);
		ma_large_free(span_of(p));
	}
}
END_TEST

START_TEST(an_untouched_block_that_cannot_be_purged_is_dirty)
{
	char *p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ANY);
	size_t dirty = ma_arena.dirty;

	fake_os_refuse(FAKE_PURGE, true);
	ma_large_free(span_of(p));
	ck_assert_uint_eq(ma_arena.dirty, dirty + 20 * MIB / MA_SLICE_SIZE);
}
END_TEST

START_TEST(filled_huge_blocks_come_from_the_arena_later)
{
	size_t size = ma_options.huge_threshold;
	char *p = ma_large_alloc(size, 1, MA_LARGE_ANY);

	/* What is not touched costs no more in a mapping. */
	ma_large_free(span_of(p));
	p = ma_large_alloc(size, 1, MA_LARGE_ANY);
	ck_assert_uint_eq(span_of(p)->kind, MA_SPAN_HUGE);
	memset(p, 1, size);
	ma_large_free(span_of(p));
	p = ma_large_alloc(size, 1, MA_LARGE_ANY);
	ck_assert_uint_eq(span_of(p)->kind, MA_SPAN_LARGE);
	ma_large_free(span_of(p));
	/* Longer ones are not known. */
	p = ma_large_alloc(3 * size, 1, MA_LARGE_ANY);
	ck_assert_uint_eq(span_of(p)->kind, MA_SPAN_HUGE);
	ma_large_free(span_of(p));
}
END_TEST

START_TEST(large_blocks_that_are_not_filled_get_no_huge_pages)
{
	size_t before;

	refuse_huge_pages();
	use_large(30, 100);
	use_many(8, 100);
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
	/* Nor when the program fills them no more. */
	use_many(8, 1000);
	ma_arena_trim(0);
	use_many(8, 100);
	before = fake_os_huge_pages();
	ck_assert_uint_gt(before, 0);
	/* One in 16 tells. */
	for (int i = 0; i < 4; i++) {
		ma_arena_trim(0);
		use_many(8, 100);
	}
	before = fake_os_huge_pages();
	ma_arena_trim(0);
	use_many(8, 100);
	ck_assert_uint_eq(fake_os_huge_pages(), before);
}
END_TEST

START_TEST(without_the_option_no_block_gets_huge_pages)
{
	ma_options.thp = false;
	use_many(8, 1000);
	ma_arena_trim(0);
	use_many(8, 1000);
	ck_assert_uint_eq(fake_os_huge_pages(), 0);
}
END_TEST

START_TEST(zeroed_blocks_are_zero_on_dirty_slices)
{
	for (size_t size = 40 * KIB; size < 40 * MIB; size *= 3) {
		char *p = ma_large_alloc(size, 1, MA_LARGE_ANY);

		memset(p, 0xa5, size);
		ma_large_free(span_of(p));
		p = ma_large_alloc(size - 5000, 1, MA_LARGE_ZERO);
		/* There a page more is asked for, which becomes a guard. */
		REQUIRE(is_filled(p, size - 5000 - (MA_HARDENED ? 4096 : 0), 0),
		        "%zu", size);
		ma_large_free(span_of(p));
	}
}
END_TEST

START_TEST(zeroed_blocks_that_were_hardly_touched_stay_so)
{
	size_t resident = 0;
	char *p;

	if (!SLICES_ARE_PAGES) {
		return;
	}
	refuse_huge_pages();
	p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ANY);
	/* One page in 16; all of them count as dirty when it is freed. */
	for (size_t i = 0; i < 20 * MIB; i += 64 * KIB) {
		p[i] = 1;
	}
	ma_large_free(span_of(p));
	p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ZERO);
	for (size_t i = 0; i < 20 * MIB; i += MIB) {
		resident += ma_os_resident((uintptr_t)p + i, MIB);
	}
	ck_assert_uint_eq(resident, 0);
	ck_assert(is_filled(p, 20 * MIB, 0));
	ma_large_free(span_of(p));
}
END_TEST

START_TEST(zeroed_blocks_are_zero_where_nothing_can_be_purged)
{
	char *p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ANY);

	p[0] = p[19 * MIB] = 1;
	ma_large_free(span_of(p));
	fake_os_refuse(FAKE_PURGE, true);
	p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ZERO);
	ck_assert(is_filled(p, 20 * MIB, 0));
}
END_TEST

START_TEST(zeroed_blocks_of_clean_slices_are_not_touched)
{
	char *p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ZERO);

	if (!SLICES_ARE_PAGES) {
		return;
	}
	/* What is clean by its word reads as zero anyhow. */
	ck_assert(is_filled(p, 20 * MIB, 0));
	for (size_t i = 0; i < 20 * MIB; i += MA_SLICE_SIZE) {
		REQUIRE(!(ma_pagemap_word((uintptr_t)p + i) & MA_WORD_DIRTY),
		        "%zu", i);
	}
}
END_TEST

static const size_t steps[] = {
	40 * KIB, 100 * KIB, 1 * MIB, 3 * MIB, 20 * MIB, 31 * MIB, 33 * MIB,
	70 * MIB, 71 * MIB, 30 * MIB, 45 * MIB, 2 * MIB, 65537, 50 * KIB,
};

/* Go through the sizes, with or without a neighbour in the way. */
static void
resize_through(bool blocked)
{
	size_t size = steps[0];
	char *p = ma_large_alloc(size, 1, MA_LARGE_ANY);

	stripe(p, size, 1);
	for (size_t i = 1; i < ARRAY_LENGTH(steps); i++) {
		size_t kept = steps[i] < size ? steps[i] : size;
		void *wall = blocked ? ma_large_alloc(50 * KIB, 1, MA_LARGE_ANY)
		                     : NULL;

		p = ma_large_resize(span_of(p), steps[i]);
		REQUIRE(p != NULL, "to %zu", steps[i]);
		REQUIRE(is_striped(p, kept, 1), "%zu to %zu", size, steps[i]);
		REQUIRE(ma_span_bytes(span_of(p)) >= steps[i], "to %zu",
		        steps[i]);
		size = steps[i];
		stripe(p, size, 1);
		p[size - 1] = 1;
		stripe(p, size, 1);
		if (wall != NULL && i % 2 == 0) {
			ma_large_free(span_of(wall));
		}
	}
	ma_large_free(span_of(p));
}

START_TEST(content_survives_every_way_of_resizing)
{
	/* Refuse in-place growth of mappings, and moving, by turns. */
	fake_os_refuse(FAKE_RESIZE, _i & 1);
	fake_os_refuse(FAKE_MOVE, _i & 2);
	fake_os_refuse(FAKE_BREAK_EXTEND, _i & 8);
	resize_through(_i & 4);
}
END_TEST

START_TEST(a_refused_resize_leaves_the_block)
{
	char *p = ma_large_alloc(20 * MIB, 1, MA_LARGE_ANY);
	char *huge = ma_large_alloc(40 * MIB, 1, MA_LARGE_ANY);
	void *wall = ma_large_alloc(1 * MIB, 1, MA_LARGE_ANY);

	stripe(p, 20 * MIB, 3);
	stripe(huge, 40 * MIB, 4);
	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	fake_os_refuse(FAKE_MAP, true);
	fake_os_refuse(FAKE_RESIZE, true);
	ck_assert_ptr_null(ma_large_resize(span_of(p), 100 * MIB));
	ck_assert_ptr_null(ma_large_resize(span_of(huge), 100 * MIB));
	ck_assert_ptr_null(ma_large_resize(span_of(p), PTRDIFF_MAX));
	ck_assert_ptr_null(ma_large_resize(span_of(huge), PTRDIFF_MAX));
	ck_assert(is_striped(p, 20 * MIB, 3));
	ck_assert(is_striped(huge, 40 * MIB, 4));
	/* To less it always goes. */
	ck_assert_ptr_nonnull(ma_large_resize(span_of(huge), 33 * MIB));
	ck_assert_ptr_nonnull(ma_large_resize(span_of(p), 40 * KIB));
	ma_large_free(span_of(wall));
}
END_TEST

START_TEST(a_block_at_the_top_grows_in_place)
{
	char *p = ma_large_alloc(1 * MIB, 1, MA_LARGE_ANY);

	for (size_t size = 2 * MIB; size < 30 * MIB; size += 2 * MIB) {
		REQUIRE(ma_large_resize(span_of(p), size) == p, "%zu", size);
	}
}
END_TEST

START_TEST(aligned_blocks_of_either_kind_are_aligned)
{
	for (size_t alignment = MA_SLICE_SIZE;
	     alignment <= (IS_64_BIT ? GIB : 64 * MIB); alignment *= 4) {
		char *p = ma_large_alloc(100 * KIB, alignment, MA_LARGE_ZERO);
		char *q = ma_large_alloc(40 * MIB, alignment, MA_LARGE_ZERO);

		REQUIRE(is_aligned(p, alignment), "%zu", alignment);
		REQUIRE(is_aligned(q, alignment), "%zu", alignment);
		stripe(p, 100 * KIB, 1);
		stripe(q, 40 * MIB, 1);
		ma_large_free(span_of(p));
		ma_large_free(span_of(q));
	}
}
END_TEST

START_TEST(impossible_sizes_are_refused)
{
	static const size_t size[] = { PTRDIFF_MAX, PTRDIFF_MAX - 65536,
	                               TOP_BIT >> 1, TOP_BIT >> 15 };

	for (size_t i = 0; IS_64_BIT && i < ARRAY_LENGTH(size); i++) {
		REQUIRE(ma_large_alloc(size[i], 1, MA_LARGE_ANY) == NULL, "%zu",
		        size[i]);
		REQUIRE(ma_large_alloc(size[i], GIB, MA_LARGE_ZERO) == NULL,
		        "%zu",
		        size[i]);
		REQUIRE(ma_large_alloc(1, TOP_BIT,
		                       MA_LARGE_ZERO) == NULL,
		        "%zu", size[i]);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("large");
	TCase *tcase = add_case(suite, "large", 60);

	tcase_add_test(tcase, the_threshold_parts_large_from_huge);
	tcase_add_test(tcase, good_sizes_are_what_blocks_have);
	tcase_add_test(tcase, each_kind_stands_in_for_the_other);
	tcase_add_test(tcase, no_more_than_huge_max_blocks_are_huge);
	tcase_add_test(tcase, a_mapping_that_stayed_serves_the_next_huge_block);
	tcase_add_test(tcase, a_block_that_moved_to_grow_keeps_its_room);
	tcase_add_test(tcase,
	               a_block_that_moves_to_grow_gets_a_mapping_from_1_mib_on);
	tcase_add_test(tcase, filled_large_blocks_get_huge_pages);
	tcase_add_test(tcase, filled_blocks_that_are_smaller_get_none);
	tcase_add_test(tcase,
	               huge_pages_end_where_they_are_purged);
	tcase_add_test(tcase, a_block_that_grows_in_place_counts_as_used);
	tcase_add_test(tcase, bytes_of_untouched_blocks_count_as_given_back);
	tcase_add_test(tcase,
	               an_untouched_block_leaves_nothing_when_it_is_freed);
	tcase_add_test(tcase,
	               an_untouched_block_that_cannot_be_purged_is_dirty);
	tcase_add_test(tcase, filled_huge_blocks_come_from_the_arena_later);
	tcase_add_test(tcase,
	               large_blocks_that_are_not_filled_get_no_huge_pages);
	tcase_add_test(tcase, without_the_option_no_block_gets_huge_pages);
	tcase_add_test(tcase, zeroed_blocks_are_zero_on_dirty_slices);
	tcase_add_test(tcase, zeroed_blocks_that_were_hardly_touched_stay_so);
	tcase_add_test(tcase,
	               zeroed_blocks_are_zero_where_nothing_can_be_purged);
	tcase_add_test(tcase, zeroed_blocks_of_clean_slices_are_not_touched);
	tcase_add_loop_test(tcase, content_survives_every_way_of_resizing, 0,
	                    16);
	tcase_add_test(tcase, a_refused_resize_leaves_the_block);
	tcase_add_test(tcase, a_block_at_the_top_grows_in_place);
	tcase_add_test(tcase, aligned_blocks_of_either_kind_are_aligned);
	tcase_add_test(tcase, impossible_sizes_are_refused);
	return run_suite(suite);
}
