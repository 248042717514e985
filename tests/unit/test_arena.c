/* SPDX-License-Identifier: MIT */
/*
 * test_arena.c - A1 to A4 on a scripted system: growth, refusals, foreign
 * users of the break, joining, splitting, purging, trimming.
 */
#include "base.h"

#include "arena.h"
#include "fake_os.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "util.h"

/* A block that is not expected to grow. */
static struct ma_span *
take_large(size_t nslices, size_t alignment)
{
	return ma_arena_take_large(nslices, alignment, false);
}

#define SLICES(n) ((size_t)(n) << MA_SLICE_SHIFT)

/* --- Looking ------------------------------------------------------------ */

/* Verify A1 and A2 by a walk over the page map. */
static void
verify(void)
{
	size_t free_slices = 0, dirty = 0, huge = 0;
	uintptr_t below_end = 0;
	bool below_free = false;

	for (uintptr_t a = ma_pagemap_next(0); a != 0;) {
		struct ma_span *span = ma_pagemap_span(a);
		uint32_t what = ma_word_what(ma_pagemap_word(a));
		size_t ndirty = 0;

		REQUIRE(span != NULL && span->base == a, "%zx", a);
		for (size_t i = 0; i < span->slices; i++) {
			ndirty += ma_pagemap_word(a + SLICES(i)) &
			          MA_WORD_DIRTY;
			REQUIRE(ma_pagemap_span(a + SLICES(i)) == span,
			        "%zx, slice %zu", a, i);
		}
		if (span->kind == MA_SPAN_FREE) {
			REQUIRE(what == MA_WORD_FREE, "%zx", a);
			REQUIRE(span->out == ndirty, "%zx: %u, dirty %zu", a,
			        span->out, ndirty);
			REQUIRE(!below_free || below_end != a || span->edge,
			        "S6 at %zx", a);
			free_slices += span->slices;
			dirty += ndirty;
		}
		huge += span->kind == MA_SPAN_HUGE;
		below_free = span->kind == MA_SPAN_FREE;
		below_end = a + SLICES(span->slices);
		a = ma_pagemap_next(below_end);
	}
	REQUIRE(ma_arena.free == free_slices, "%zu, seen %zu", ma_arena.free,
	        free_slices);
	REQUIRE(ma_arena.dirty == dirty, "%zu, seen %zu", ma_arena.dirty,
	        dirty);
	REQUIRE(ma_arena.huge == huge, "%u, seen %zu", ma_arena.huge, huge);
	REQUIRE(ma_arena.peak >= ma_arena.from_break + ma_arena.from_map,
	        "peak %zu", ma_arena.peak);
	REQUIRE(!ma_lock_is_mine(&ma_arena.lock), "lock");
}

/* Write all of SPAN; what is not ours cannot be written. */
static void
write_all(const struct ma_span *span, unsigned seed)
{
	char *p = (char *)span->base;

	for (size_t i = 0; i < SLICES(span->slices); i += 4096) {
		fill(p + i, 16, seed);
	}
}

static bool
holds_all(const struct ma_span *span, unsigned seed)
{
	char *p = (char *)span->base;

	for (size_t i = 0; i < SLICES(span->slices); i += 4096) {
		if (!holds(p + i, 16, seed)) {
			return false;
		}
	}
	return true;
}

/* --- Taking and giving --------------------------------------------------- */

START_TEST(what_grows_gets_the_longest_free_span)
{
	struct ma_span *short_one = take_large(4, 1);
	struct ma_span *guard = take_large(1, 1);
	uintptr_t hole = short_one->base;
	struct ma_span *grows;

	ma_arena_give(short_one);
	grows = ma_arena_take_large(3, 1, true);
	ck_assert(grows->base > guard->base);
	ck_assert_uint_eq(take_large(3, 1)->base, hole);
}
END_TEST

/* Hardened: nobody looks there for writes by stale pointers. */
START_TEST(only_memory_that_was_never_used_is_new)
{
	struct ma_span *span = take_large(4, 1);
	uintptr_t base = span->base;

	if (!MA_HARDENED) {
		return;
	}
	ck_assert(span->is_new);
	ma_arena_give(span);
	span = take_large(4, 1);
	ck_assert_uint_eq(span->base, base);
	ck_assert(!span->is_new);
	ck_assert(take_large(2, 1)->is_new);
	ma_arena_give(span);
	ma_arena_give(ma_pagemap_span(base + SLICES(4)));
	/* Nor is it after the break was lowered below it. */
	ck_assert(ma_arena_trim(0));
	span = take_large(5, 1);
	ck_assert_uint_eq(span->base, base);
	ck_assert(!span->is_new);
	ck_assert(!take_large(2, 1)->is_new);
	ck_assert(take_large(2, 1)->is_new);
	verify();
}
END_TEST

START_TEST(a_taken_span_is_described_and_writable)
{
	struct ma_span *span = ma_arena_take(3, 5, 17, MA_SPAN_SMALL);

	ck_assert_ptr_nonnull(span);
	ck_assert_uint_eq(span->kind, MA_SPAN_SMALL);
	ck_assert_uint_eq(span->slices, 3);
	ck_assert_uint_eq(span->owner, 5);
	ck_assert_uint_eq(span->bin, 17);
	ck_assert_uint_eq(span->carved, 0);
	ck_assert_uint_eq(span->out, 0);
	ck_assert(is_aligned((void *)span->base, MA_SLICE_SIZE));
	for (size_t i = 0; i < 3; i++) {
		uint32_t word = ma_pagemap_word(span->base + SLICES(i) + 9);

		ck_assert_uint_eq(ma_word_owner(word), 5);
		ck_assert_uint_eq(ma_word_bin(word), 17);
	}
	write_all(span, 1);
	verify();
}
END_TEST

START_TEST(the_first_span_comes_from_the_break)
{
	uintptr_t before = fake_os_break();
	struct ma_span *span = ma_arena_take(1, 1, 0, MA_SPAN_SMALL);

	ck_assert_uint_ge(span->base, before);
	ck_assert_uint_lt(span->base, fake_os_break());
	ck_assert_uint_gt(ma_arena.from_break, 0);
	ck_assert_uint_eq(ma_arena.from_map, 0);
	ck_assert_uint_eq(ma_arena.break_end, fake_os_break());
}
END_TEST

START_TEST(growth_is_rare)
{
	for (int i = 0; i < 4000; i++) {
		ck_assert_ptr_nonnull(ma_arena_take(1, 1, 0, MA_SPAN_SMALL));
	}
	ck_assert_uint_lt(fake_os_count(FAKE_BREAK_EXTEND), 60);
	verify();
}
END_TEST

START_TEST(freed_span_joins_both_neighbours)
{
	struct ma_span *s[5];
	struct ma_span *joined;

	for (int i = 0; i < 5; i++) {
		s[i] = ma_arena_take(2, 1, 0, MA_SPAN_SMALL);
	}
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(s[i]->base + SLICES(2), s[i + 1]->base);
	}
	ma_arena_give(s[1]);
	verify();
	ma_arena_give(s[3]);
	verify();
	ma_arena_give(s[2]);
	verify();
	joined = ma_pagemap_span(s[2]->base);
	ck_assert_ptr_eq(joined, s[1]);
	ck_assert_uint_eq(joined->slices, 6);
	ck_assert_uint_eq(joined->out, 6);
}
END_TEST

START_TEST(the_lowest_of_the_shortest_is_taken)
{
	struct ma_span *s[9];

	for (int i = 0; i < 9; i++) {
		s[i] = ma_arena_take(i == 1 ? 5 : 3, 1, 0, MA_SPAN_SMALL);
	}
	ma_arena_give(s[1]);
	ma_arena_give(s[3]);
	ma_arena_give(s[5]);
	ck_assert_ptr_eq(ma_arena_take(2, 1, 0, MA_SPAN_SMALL), s[3]);
	/* What was cut off it is the shortest now. */
	ck_assert_uint_eq(ma_arena_take(1, 1, 0, MA_SPAN_SMALL)->base,
	                  s[3]->base + SLICES(2));
	ck_assert_ptr_eq(ma_arena_take(3, 1, 0, MA_SPAN_SMALL), s[5]);
	ck_assert_ptr_eq(ma_arena_take(3, 1, 0, MA_SPAN_SMALL), s[1]);
	verify();
}
END_TEST

START_TEST(large_blocks_lie_at_any_alignment)
{
	for (size_t alignment = 1; alignment <= SLICES(4096);
	     alignment *= 2) {
		struct ma_span *span = take_large(3, alignment);

		REQUIRE(span != NULL, "%zu", alignment);
		REQUIRE(span->base % alignment == 0, "%zu", alignment);
		REQUIRE(span->slices == 3, "%zu", alignment);
		REQUIRE(span->kind == MA_SPAN_LARGE, "%zu", alignment);
		write_all(span, 1);
		verify();
		if (alignment % 3 == 1) {
			ma_arena_give(span);
			verify();
		}
	}
}
END_TEST

START_TEST(words_tell_which_slices_of_a_large_block_are_dirty)
{
	struct ma_span *a = take_large(4, 1), *b;
	struct ma_span *guard = take_large(1, 1);
	size_t ndirty = 0;

	if (!SLICES_ARE_PAGES) {
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		ck_assert(!(ma_pagemap_word(a->base + SLICES(i)) &
		            MA_WORD_DIRTY));
	}
	ma_arena_give(a);
	b = take_large(3, 1);
	ck_assert_ptr_eq(b, a);
	for (size_t i = 0; i < 3; i++) {
		ndirty += ma_pagemap_word(b->base + SLICES(i)) & MA_WORD_DIRTY;
	}
	ck_assert_uint_eq(ndirty, 3);
	ma_arena_give(b);
	ma_arena_give(guard);
	verify();
}
END_TEST

/* --- Refusals ----------------------------------------------------------- */

START_TEST(a_refused_step_is_halved)
{
	/* With a large heap the step is more than is needed. */
	ck_assert_ptr_nonnull(take_large(8000, 1));
	ck_assert_ptr_nonnull(take_large(ma_arena.free, 1));
	fake_os_refuse_nth(FAKE_BREAK_EXTEND, 1);
	ck_assert_ptr_nonnull(ma_arena_take(1, 1, 0, MA_SPAN_SMALL));
	ck_assert_uint_eq(ma_arena.from_map, 0);
	verify();
}
END_TEST

START_TEST(a_blocked_break_is_replaced_by_mappings)
{
	struct ma_span *span[200];

	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	for (int i = 0; i < 200; i++) {
		span[i] = ma_arena_take((size_t)i % 7 + 1, 1, 0,
		                        MA_SPAN_SMALL);
		REQUIRE(span[i] != NULL, "%d", i);
		write_all(span[i], (unsigned)i);
	}
	ck_assert_uint_eq(ma_arena.from_break, 0);
	ck_assert_uint_gt(ma_arena.from_map, 0);
	verify();
	for (int i = 0; i < 200; i++) {
		REQUIRE(holds_all(span[i], (unsigned)i), "%d", i);
		ma_arena_give(span[i]);
	}
	verify();
}
END_TEST

START_TEST(where_all_is_refused_nothing_is_taken_or_lost)
{
	struct ma_span *span = ma_arena_take(1, 1, 0, MA_SPAN_SMALL);
	size_t left = ma_arena.free;

	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	fake_os_refuse(FAKE_MAP, true);
	ck_assert_ptr_null(ma_arena_take(left + 1, 1, 0, MA_SPAN_SMALL));
	ck_assert_ptr_null(take_large(left + 1, 1));
	verify();
	ck_assert_uint_eq(ma_arena.free, left);
	/* What is there can be had, and had again. */
	for (int round = 0; round < 3; round++) {
		struct ma_span *rest = take_large(left, 1);

		ck_assert_ptr_nonnull(rest);
		ck_assert_ptr_null(ma_arena_take(1, 1, 0, MA_SPAN_SMALL));
		ma_arena_give(rest);
		verify();
	}
	fake_os_refuse(FAKE_BREAK_EXTEND, false);
	ck_assert_ptr_nonnull(take_large(left + 1, 1));
	ma_arena_give(span);
	verify();
}
END_TEST

START_TEST(every_single_refusal_is_survived)
{
	/* The call that is refused moves through the whole run. */
	struct ma_span *span[60];
	uint64_t random = _i + 1;

	fake_os_refuse_nth(FAKE_BREAK_EXTEND, (unsigned)_i % 12 + 1);
	fake_os_refuse_nth(FAKE_MAP, (unsigned)_i / 12 + 1);
	fake_os_refuse_nth(FAKE_PURGE, (unsigned)_i % 5 + 1);
	fake_os_refuse_nth(FAKE_BREAK_LOWER, (unsigned)_i % 2 + 1);
	memset(span, 0, sizeof(span));
	for (int step = 0; step < 600; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(span);

		if (span[i] != NULL) {
			REQUIRE(holds_all(span[i], (unsigned)i), "%d", step);
			ma_arena_give(span[i]);
		}
		span[i] = take_large(
			1 + next_random(&random) % 40, 1);
		if (span[i] != NULL) {
			write_all(span[i], (unsigned)i);
		}
		if (step % 100 == 99) {
			ma_arena_trim(0);
			verify();
		}
	}
}
END_TEST

/* --- Other users of the break ------------------------------------------- */

START_TEST(a_foreign_gap_starts_a_new_range)
{
	struct ma_span *a = take_large(ma_arena.free + 1, 1), *b;
	uintptr_t foreign;

	a = take_large(ma_arena.free, 1);
	foreign = fake_os_break();
	fake_os_foreign_break(100000);
	b = take_large(50, 1);
	ck_assert_ptr_nonnull(b);
	write_all(b, 1);
	ck_assert(b->base >= foreign + 100000);
	verify();
	/* Freed, the two ranges stay apart. */
	ma_arena_give(a);
	ma_arena_give(b);
	verify();
	for (size_t i = 0; i < 100000; i++) {
		REQUIRE(((unsigned char *)foreign)[i] == 0xff, "byte %zu", i);
	}
	ck_assert_uint_eq(ma_pagemap_word(foreign + 50000),
	                  MA_WORD_FOREIGN);
}
END_TEST

START_TEST(foreign_moves_at_every_growth_do_no_harm)
{
	struct ma_span *span[100];

	for (int i = 0; i < 100; i++) {
		span[i] = take_large(30 + (size_t)i, 1);
		REQUIRE(span[i] != NULL, "%d", i);
		write_all(span[i], (unsigned)i);
		fake_os_foreign_break(i % 3 == 0 ? 8 : 70000 + i * 8);
	}
	for (int i = 0; i < 100; i++) {
		REQUIRE(holds_all(span[i], (unsigned)i), "%d", i);
	}
	verify();
	for (int i = 0; i < 100; i++) {
		ma_arena_give(span[i]);
	}
	ma_arena_trim(0);
	verify();
}
END_TEST

START_TEST(trim_stops_at_a_foreign_break)
{
	struct ma_span *span = take_large(100, 1);
	uintptr_t foreign = fake_os_break();

	fake_os_foreign_break(4096);
	ma_arena_give(span);
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_break(), foreign + 4096);
	ck_assert_uint_eq(*(unsigned char *)foreign, 0xff);
	verify();
}
END_TEST

START_TEST(a_break_lowered_by_others_is_not_believed_to_be_ours)
{
	struct ma_span *span = take_large(10, 1);

	fake_os_foreign_break(65536 * 3);
	ck_assert_ptr_nonnull(take_large(200, 1));
	fake_os_foreign_break(65536);
	fake_os_foreign_break(-4096);
	ck_assert_ptr_nonnull(take_large(300, 1));
	ma_arena_give(span);
	ma_arena_trim(0);
	verify();
}
END_TEST

/* All of 32 bits are less than a large heap and its pad. */
START_TEST(a_step_beyond_all_sizes_is_cut)
{
	struct ma_span *span;

	ma_options.top_pad = MA_SIZE_LIMIT;
	/* 64 bits could map as much. */
	fake_os_refuse(FAKE_MAP, true);
	span = take_large(10, 1);
	ck_assert_ptr_nonnull(span);
	write_all(span, 1);
}
END_TEST

/* 0 where it covers all addresses. */
#define BEYOND_MAP ((uintptr_t)1 << (MA_ADDRESS_BITS - 1) << 1)

START_TEST(a_break_beyond_the_map_is_not_used)
{
	static const uintptr_t beyond[] = {
		BEYOND_MAP,
		BEYOND_MAP - 65536,
		UINTPTR_MAX - ((uintptr_t)64 << 20),
	};

	for (size_t i = 0; BEYOND_MAP != 0 && i < ARRAY_LENGTH(beyond); i++) {
		struct ma_span *span;

		fake_os_next_break_at(beyond[i]);
		span = take_large(ma_arena.free + 10, 1);
		REQUIRE(span != NULL, "%zu", i);
		write_all(span, 1);
		verify();
	}
}
END_TEST

/* --- Growing in place --------------------------------------------------- */

START_TEST(a_block_at_the_top_grows_with_the_break)
{
	struct ma_span *span = take_large(20, 1);

	write_all(span, 1);
	for (size_t n = 40; n <= 20000; n *= 2) {
		REQUIRE(ma_arena_extend(span, n), "%zu", n);
		REQUIRE(span->slices == n, "%zu", n);
		REQUIRE(ma_pagemap_span(span->base + SLICES(n) - 1) == span,
		        "%zu", n);
		*(char *)(span->base + SLICES(n) - 1) = 1;
		verify();
	}
}
END_TEST

START_TEST(a_block_grows_into_the_free_span_above_and_no_further)
{
	struct ma_span *a = take_large(10, 1);
	struct ma_span *b = take_large(10, 1);
	struct ma_span *c = take_large(10, 1);

	ck_assert(!ma_arena_extend(a, 11));
	ma_arena_give(b);
	ck_assert(!ma_arena_extend(a, 21));
	ck_assert_uint_eq(a->slices, 10);
	verify();
	ck_assert(ma_arena_extend(a, 15));
	verify();
	ck_assert(ma_arena_extend(a, 20));
	verify();
	ck_assert_uint_eq(a->base + SLICES(20), c->base);
	ck_assert(!ma_arena_extend(a, 21));
}
END_TEST

START_TEST(a_shortened_block_gives_its_end_back)
{
	struct ma_span *a = take_large(50, 1);
	struct ma_span *guard = take_large(1, 1);
	size_t before = ma_arena.free;

	write_all(a, 1);
	ma_arena_shorten(a, 20);
	ck_assert_uint_eq(a->slices, 20);
	ck_assert_uint_eq(ma_arena.free, before + 30);
	verify();
	ck_assert(holds_all(a, 1));
	ma_arena_shorten(a, 1);
	verify();
	ma_arena_give(guard);
	verify();
}
END_TEST

/* --- Giving back -------------------------------------------------------- */

START_TEST(trim_lowers_the_break_and_keeps_the_pad)
{
	struct ma_span *low = take_large(1, 1);
	struct ma_span *span = take_large(400, 1);
	uintptr_t end = low->base + SLICES(1);

	ma_arena_give(span);
	ck_assert(ma_arena_trim(SLICES(30)));
	ck_assert_uint_eq(fake_os_break(), end + SLICES(30));
	verify();
	ck_assert(ma_arena_trim(0));
	ck_assert_uint_eq(fake_os_break(), end);
	verify();
	ck_assert(!ma_arena_trim(0));
	/* And it grows again from there. */
	span = take_large(100, 1);
	ck_assert_uint_eq(span->base, end);
	verify();
}
END_TEST

START_TEST(a_pad_of_any_size_is_kept)
{
	struct ma_span *span = take_large(400, 1);
	uintptr_t before = fake_os_break();
	static const size_t pad[] = { SIZE_MAX, SIZE_MAX - 65534, PTRDIFF_MAX,
	                              SIZE_MAX / 2 + 1 };

	ma_arena_give(span);
	for (size_t i = 0; i < ARRAY_LENGTH(pad); i++) {
		ma_arena_trim(pad[i]);
		REQUIRE(fake_os_break() == before, "pad %zu", pad[i]);
		verify();
	}
}
END_TEST

START_TEST(a_refused_lowering_keeps_all_as_free)
{
	struct ma_span *span = take_large(100, 1);
	uintptr_t before = fake_os_break();
	size_t slices;

	ma_arena_give(span);
	slices = ma_arena.free;
	fake_os_refuse(FAKE_BREAK_LOWER, true);
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_break(), before);
	ck_assert_uint_eq(ma_arena.free, slices);
	verify();
	ck_assert_ptr_nonnull(take_large(slices, 1));
	ck_assert_uint_eq(fake_os_break(), before);
	verify();
}
END_TEST

START_TEST(a_refused_lowering_with_a_pad_keeps_all_as_free)
{
	struct ma_span *span = take_large(100, 1);
	size_t slices;

	ma_arena_give(span);
	slices = ma_arena.free;
	fake_os_foreign_break(4096);
	ma_arena_trim(SLICES(30));
	ck_assert_uint_eq(ma_arena.free, slices);
	verify();
	ck_assert_ptr_nonnull(take_large(slices, 1));
	verify();
}
END_TEST

START_TEST(nothing_is_lowered_under_a_walker)
{
	struct ma_span *span = take_large(100, 1);
	uintptr_t before = fake_os_break();

	ma_arena_give(span);
	ma_arena_walk_begin();
	ma_arena_walk_begin();
	ma_arena_trim(0);
	ma_arena_walk_end();
	ma_arena_trim(0);
	ck_assert_uint_eq(fake_os_break(), before);
	verify();
	ma_arena_walk_end();
	ck_assert(ma_arena_trim(0));
	ck_assert_uint_lt(fake_os_break(), before);
}
END_TEST

START_TEST(purged_slices_are_clean_and_zero)
{
	struct ma_span *a = take_large(50, 1);
	struct ma_span *guard = take_large(1, 1);

	if (!SLICES_ARE_PAGES) {
		return;
	}
	write_all(a, 1);
	ma_arena_give(a);
	ck_assert_uint_ge(ma_arena.dirty, 50);
	ma_arena_trim(0);
	ck_assert_uint_eq(ma_arena.dirty, 0);
	ck_assert_uint_ge(fake_os_purged(), SLICES(50));
	verify();
	a = take_large(50, 1);
	for (size_t i = 0; i < 50; i++) {
		REQUIRE(!(ma_pagemap_word(a->base + SLICES(i)) &
		          MA_WORD_DIRTY), "slice %zu", i);
	}
	REQUIRE(is_filled((void *)a->base, SLICES(50), 0), "zero");
	ma_arena_give(guard);
}
END_TEST

START_TEST(slices_given_back_clean_are_not_dirty)
{
	struct ma_span *a = take_large(50, 1);
	struct ma_span *guard = take_large(1, 1);
	size_t dirty = ma_arena.dirty;

	ma_arena_give_clean(a);
	ck_assert_uint_eq(ma_arena.dirty, dirty);
	verify();
	a = take_large(50, 1);
	ck_assert_uint_eq(a->out, 0);
	ma_arena_give(a);
	a = take_large(50, 1);
	ck_assert_uint_eq(a->out, 50);
	ma_arena_give(a);
	ma_arena_give(guard);
	verify();
}
END_TEST

START_TEST(what_idles_is_purged_before_more_than_was_ever_used_is_resident)
{
	struct ma_span *clean = take_large(700, 1);
	struct ma_span *guard = take_large(1, 1);
	struct ma_span *dirty = take_large(800, 1);
	struct ma_span *other = take_large(1, 1);
	size_t peak;

	/* Dirty: 800.  Then 700 clean ones come into use, at the peak. */
	ma_arena_give_clean(clean);
	ma_arena_give(dirty);
	verify();
	peak = ma_arena.used_peak;
	ck_assert_uint_ge(peak, 1502);
	clean = take_large(700, 1);
	ck_assert_uint_ge(ma_arena.dirty, 800);
	/* And now another 300, from behind, of 200 that the bound allows. */
	ck_assert_ptr_nonnull(take_large(900, 1));
	verify();
	ck_assert_uint_le((ma_arena.from_break >> MA_SLICE_SHIFT) -
	                  ma_arena.free + ma_arena.dirty,
	                  ma_arena.used_peak + ma_arena.used_peak / 8);
	ma_arena_give(clean);
	ma_arena_give(guard);
	ma_arena_give(other);
}
END_TEST

START_TEST(a_refused_purge_leaves_slices_dirty)
{
	struct ma_span *a = take_large(50, 1);
	struct ma_span *guard = take_large(1, 1);

	ma_arena_give(a);
	fake_os_refuse(FAKE_PURGE, true);
	ma_arena_trim(0);
	ck_assert_uint_ge(ma_arena.dirty, 50);
	verify();
	a = take_large(50, 1);
	for (size_t i = 0; i < 50; i++) {
		REQUIRE(ma_pagemap_word(a->base + SLICES(i)) & MA_WORD_DIRTY,
		        "slice %zu", i);
	}
	ma_arena_give(guard);
}
END_TEST

START_TEST(what_is_idle_decays_in_a_while)
{
	struct ma_span *a = take_large(500, 1);
	struct ma_span *guard = take_large(1, 1);

	ma_arena_give(a);
	verify();
	ck_assert_uint_ge(ma_arena.dirty, 490);
	/* Small takes are cut from that very span. */
	for (int i = 0; i < 40; i++) {
		fake_os_advance(250);
		ma_arena_give(take_large(2, 1));
		verify();
	}
	ck_assert_uint_lt(ma_arena.dirty, 50);
	ma_arena_give(guard);
}
END_TEST

START_TEST(what_is_in_use_again_and_again_does_not_decay)
{
	struct ma_span *guard;
	size_t purged;

	ma_arena_give(take_large(500, 1));
	guard = take_large(1, 1);
	purged = fake_os_purged();
	for (int i = 0; i < 1000; i++) {
		struct ma_span *span = take_large(400, 1);

		fake_os_advance(1);
		ma_arena_give(span);
	}
	ck_assert_uint_lt(fake_os_purged() - purged, SLICES(600));
	ma_arena_give(guard);
}
END_TEST

/* --- Huge blocks --------------------------------------------------------- */

START_TEST(a_huge_block_is_one_word)
{
	uintptr_t start = ma_os_map(64 * MIB, MA_SLICE_SIZE);
	struct ma_span *span = ma_arena_add_huge(start, 64 * MIB, 0);

	ck_assert_ptr_nonnull(span);
	ck_assert_uint_eq(ma_span_bytes(span), 64 * MIB);
	ck_assert_ptr_eq(ma_pagemap_span(start + 100), span);
	ck_assert_uint_eq(ma_pagemap_word(start + 1 * MIB), MA_WORD_FOREIGN);
	ck_assert_uint_eq(ma_arena.huge, 1);
	ck_assert_uint_eq(ma_arena.from_map, 64 * MIB);
	verify();
	ma_arena_drop_huge(span);
	ck_assert_uint_eq(ma_arena.huge, 0);
	ck_assert_uint_eq(ma_arena.from_map, 0);
	ck_assert_uint_eq(ma_pagemap_word(start), MA_WORD_FOREIGN);
	verify();
}
END_TEST

/* A huge block of SIZE; where there are guards, with one below. */
static struct ma_span *
make_huge(size_t size)
{
	size_t below = ma_arena_room_below(MA_SLICE_SIZE);
	uintptr_t start = ma_os_map(below + size, MA_SLICE_SIZE) + below;

	return ma_arena_add_huge(start, size, below);
}

static void
make_and_drop_huge(size_t size)
{
	ma_arena_drop_huge(make_huge(size));
}

/* A mapping of SIZE that was a huge block and was not to be given back. */
static uintptr_t
keep_mapping(size_t size)
{
	struct ma_span *span = make_huge(size);
	uintptr_t start = span->base;

	memset((void *)start, 1, 1 * MIB);
	fake_os_refuse(FAKE_UNMAP, true);
	ma_arena_drop_huge(span);
	ck_assert_uint_eq(ma_arena.huge, 0);
	ck_assert_uint_eq(ma_arena.from_map, 0);
	ck_assert_uint_eq(ma_pagemap_word(start), MA_WORD_FOREIGN);
	verify();
	return start;
}

START_TEST(a_mapping_that_was_kept_serves_as_a_huge_block_again)
{
	bool is_dirty = _i == 1;
	uintptr_t start;
	struct ma_span *span;

	fake_os_refuse(FAKE_PURGE, is_dirty);
	start = keep_mapping(64 * MIB);
	ck_assert_ptr_null(ma_arena_take_kept_huge(65 * MIB, MA_SLICE_SIZE));
	ck_assert_ptr_null(ma_arena_take_kept_huge(31 * MIB, MA_SLICE_SIZE));
	span = ma_arena_take_kept_huge(50 * MIB, MA_SLICE_SIZE);
	ck_assert_uint_eq(span->base, start);
	ck_assert_uint_eq(ma_span_bytes(span), 64 * MIB);
	ck_assert(is_filled((void *)start, 2 * MIB, 0));
	ck_assert_uint_eq(ma_arena.huge, 1);
	verify();
	ck_assert_ptr_null(ma_arena_take_kept_huge(50 * MIB, MA_SLICE_SIZE));
}
END_TEST

/* Hardened, what a block leaves unused of its room is counted by 32 bits. */
START_TEST(a_kept_mapping_is_not_for_far_smaller_blocks)
{
	size_t gib = 1024 * MIB;

	if (SIZE_BITS < 64) {
		return;
	}
	keep_mapping(3 * gib);
	ck_assert_ptr_null(ma_arena_take_kept_huge(
		2 * gib - MA_SLICE_SIZE, MA_SLICE_SIZE));
	ck_assert_ptr_nonnull(ma_arena_take_kept_huge(2 * gib, MA_SLICE_SIZE));
}
END_TEST

/* What is mapped, rounded down: records are less than one of these. */
static size_t
mapped_16_mib(void)
{
	return fake_os_mapped() / (16 * MIB);
}

START_TEST(each_mapping_that_goes_has_a_kept_one_tried_again)
{
	unsigned purges;

	ck_assert_uint_eq(mapped_16_mib(), 0);
	keep_mapping(16 * MIB);
	keep_mapping(32 * MIB);
	ck_assert_uint_eq(mapped_16_mib(), 3);
	/* Of the first it is refused once more: the second comes first then. */
	fake_os_refuse(FAKE_UNMAP, false);
	fake_os_refuse_nth(FAKE_UNMAP, 1);
	purges = fake_os_count(FAKE_PURGE);
	make_and_drop_huge(64 * MIB);
	ck_assert_uint_eq(mapped_16_mib(), 3);
	/* It had no memory any more. */
	ck_assert_uint_eq(fake_os_count(FAKE_PURGE), purges);
	make_and_drop_huge(64 * MIB);
	ck_assert_uint_eq(mapped_16_mib(), 1);
	ma_arena_drop_kept();
	ck_assert_uint_eq(mapped_16_mib(), 0);
	ck_assert_ptr_null(ma_arena_take_kept_huge(16 * MIB, MA_SLICE_SIZE));
}
END_TEST

START_TEST(a_kept_mapping_serves_when_the_system_refuses)
{
	uintptr_t start = keep_mapping(4 * MIB);
	struct ma_span *span;

	fake_os_refuse(FAKE_BREAK_EXTEND, true);
	fake_os_refuse(FAKE_MAP, true);
	span = take_large(10, 1);
	ck_assert_uint_eq(span->base, start);
	ck_assert_uint_eq(ma_arena.from_map, 4 * MIB);
	verify();
	ck_assert_ptr_null(take_large(4 * MIB >> MA_SLICE_SHIFT, 1));
}
END_TEST

START_TEST(a_huge_block_stays_mapped_under_a_walker)
{
	uintptr_t start = ma_os_map(64 * MIB, MA_SLICE_SIZE);
	struct ma_span *span = ma_arena_add_huge(start, 64 * MIB, 0);

	ma_arena_walk_begin();
	ma_arena_drop_huge(span);
	/* Still there to be read. */
	ck_assert_int_eq(*(volatile char *)(start + 63 * MIB), 0);
	ma_arena_walk_end();
	verify();
}
END_TEST

/* --- All together -------------------------------------------------------- */

START_TEST(random_taking_and_giving_keeps_every_invariant)
{
	static struct ma_span *span[300];
	uint64_t random = (uint64_t)_i + 100;

	for (int step = 0; step < 6000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(span);
		unsigned bits = next_random(&random) % 8;
		size_t n = 1 + (next_random(&random) & ((1u << bits) - 1));

		if (span[i] == NULL) {
			span[i] = take_large(n, SLICES(1) <<
			                              next_random(&random) % 4);
			write_all(span[i], (unsigned)i);
		} else if (n < span[i]->slices && step % 3 == 0) {
			ma_arena_shorten(span[i], n);
		} else if (n > span[i]->slices && step % 3 == 1) {
			if (ma_arena_extend(span[i], n)) {
				write_all(span[i], (unsigned)i);
			}
		} else {
			REQUIRE(holds_all(span[i], (unsigned)i), "%d", step);
			ma_arena_give(span[i]);
			span[i] = NULL;
		}
		fake_os_advance(next_random(&random) % 20);
		if (step % 500 == 0) {
			ma_arena_trim(next_random(&random) % SLICES(20));
		}
		if (step % 700 == 0) {
			fake_os_foreign_break(5000);
		}
		if (step % 50 == 0) {
			verify();
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(span); i++) {
		if (span[i] != NULL) {
			REQUIRE(holds_all(span[i], (unsigned)i), "%zu", i);
			ma_arena_give(span[i]);
		}
	}
	verify();
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = add_case(suite, "taking", 60);

	tcase_add_test(tcase, what_grows_gets_the_longest_free_span);
	tcase_add_test(tcase, only_memory_that_was_never_used_is_new);
	tcase_add_test(tcase, a_taken_span_is_described_and_writable);
	tcase_add_test(tcase, the_first_span_comes_from_the_break);
	tcase_add_test(tcase, growth_is_rare);
	tcase_add_test(tcase, freed_span_joins_both_neighbours);
	tcase_add_test(tcase, the_lowest_of_the_shortest_is_taken);
	tcase_add_test(tcase, large_blocks_lie_at_any_alignment);
	tcase_add_test(tcase,
	          words_tell_which_slices_of_a_large_block_are_dirty);
	tcase = add_case(suite, "refusals", 60);
	tcase_add_test(tcase, a_refused_step_is_halved);
	tcase_add_test(tcase, a_blocked_break_is_replaced_by_mappings);
	tcase_add_test(tcase, where_all_is_refused_nothing_is_taken_or_lost);
	tcase_add_loop_test(tcase, every_single_refusal_is_survived, 0, 60);
	tcase = add_case(suite, "foreign", 60);
	tcase_add_test(tcase, a_foreign_gap_starts_a_new_range);
	tcase_add_test(tcase, foreign_moves_at_every_growth_do_no_harm);
	tcase_add_test(tcase, trim_stops_at_a_foreign_break);
	tcase_add_test(tcase,
	          a_break_lowered_by_others_is_not_believed_to_be_ours);
	tcase_add_test(tcase, a_step_beyond_all_sizes_is_cut);
	tcase_add_test(tcase, a_break_beyond_the_map_is_not_used);
	tcase = add_case(suite, "in place", 60);
	tcase_add_test(tcase, a_block_at_the_top_grows_with_the_break);
	tcase_add_test(tcase,
	          a_block_grows_into_the_free_span_above_and_no_further);
	tcase_add_test(tcase, a_shortened_block_gives_its_end_back);
	tcase = add_case(suite, "back", 60);
	tcase_add_test(tcase, trim_lowers_the_break_and_keeps_the_pad);
	tcase_add_test(tcase, a_pad_of_any_size_is_kept);
	tcase_add_test(tcase, a_refused_lowering_keeps_all_as_free);
	tcase_add_test(tcase,
	          a_refused_lowering_with_a_pad_keeps_all_as_free);
	tcase_add_test(tcase, nothing_is_lowered_under_a_walker);
	tcase_add_test(tcase, purged_slices_are_clean_and_zero);
	tcase_add_test(tcase, slices_given_back_clean_are_not_dirty);
	tcase_add_test(tcase,
	what_idles_is_purged_before_more_than_was_ever_used_is_resident);
	tcase_add_test(tcase, a_refused_purge_leaves_slices_dirty);
	tcase_add_test(tcase, what_is_idle_decays_in_a_while);
	tcase_add_test(tcase,
	          what_is_in_use_again_and_again_does_not_decay);
	tcase = add_case(suite, "huge", 60);
	tcase_add_test(tcase, a_huge_block_is_one_word);
	tcase_add_test(tcase, a_kept_mapping_is_not_for_far_smaller_blocks);
	tcase_add_loop_test(
		tcase, a_mapping_that_was_kept_serves_as_a_huge_block_again, 0,
		2);
	tcase_add_test(tcase,
	               each_mapping_that_goes_has_a_kept_one_tried_again);
	tcase_add_test(tcase, a_kept_mapping_serves_when_the_system_refuses);
	tcase_add_test(tcase, a_huge_block_stays_mapped_under_a_walker);
	tcase = add_case(suite, "random", 60);
	tcase_add_loop_test(tcase,
	          random_taking_and_giving_keeps_every_invariant, 0, 4);
	return run_suite(suite);
}
