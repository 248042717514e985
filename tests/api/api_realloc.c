/* SPDX-License-Identifier: MIT */
/*
 * api_realloc.c - the contract of realloc: content, place, zero, refusal.
 */
#include <errno.h>

#include "names.h"
#include "util.h"

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

START_TEST(realloc_of_null_is_malloc)
{
	const struct names *name = &names[_i];

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *p = name->realloc(NULL, border_sizes[i]);

		REQUIRE(p != NULL, "size %zu", border_sizes[i]);
		REQUIRE(is_aligned(p, 16), "size %zu", border_sizes[i]);
		REQUIRE(name->usable_size(p) >= border_sizes[i], "size %zu",
		        border_sizes[i]);
		name->free(p);
	}
}
END_TEST

START_TEST(realloc_to_zero_frees_and_returns_null)
{
	const struct names *name = &names[_i];

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *p = name->malloc(border_sizes[i]);
		size_t blocks = live_blocks();

		errno = 77;
		REQUIRE(name->realloc(p, opaque_size(0)) == NULL, "size %zu",
		        border_sizes[i]);
		REQUIRE(errno == 77, "errno %d", errno);
		REQUIRE(live_blocks() == blocks - 1, "size %zu",
		        border_sizes[i]);
	}
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
}
END_TEST

START_TEST(realloc_to_zero_is_counted)
{
	const struct names *name = &names[_i];
	struct memalloc_stats before, after;
	void *p = name->malloc(10);

	memalloc_stats(&before, sizeof(before));
	ck_assert_ptr_null(name->realloc(p, opaque_size(0)));
	memalloc_stats(&after, sizeof(after));
	ck_assert_uint_eq(after.zero_reallocs, before.zero_reallocs + 1);
}
END_TEST

START_TEST(realloc_of_null_to_zero_is_malloc_of_zero)
{
	const struct names *name = &names[_i];
	void *p = name->realloc(NULL, opaque_size(0));

	ck_assert_ptr_nonnull(p);
	name->free(p);
}
END_TEST

START_TEST(content_is_kept_between_every_pair_of_sizes)
{
	const struct names *name = &names[_i];

	for (size_t i = 1; i < BORDER_COUNT; i++) {
		for (size_t j = 1; j < BORDER_COUNT; j++) {
			size_t from = border_sizes[i], to = border_sizes[j];
			size_t kept = smaller(from, to);
			char *p;

			/* Long ones take long: a seventh of the pairs. */
			if ((from > 2 * MIB || to > 2 * MIB) &&
			    (i + j) % 7 != 0 && i != j + 1 && j != i + 1) {
				continue;
			}
			/* Of long blocks the ends and a stripe a page. */
			p = name->malloc(from);
			for (size_t k = 0; k < from; k += 4096) {
				fill(p + k, smaller(64, from - k), 5);
			}
			fill(p + kept - smaller(kept, 64), smaller(kept, 64),
			     9);
			p = name->realloc(p, to);
			REQUIRE(p != NULL, "%zu to %zu", from, to);
			REQUIRE(is_aligned(p, 16), "%zu to %zu", from, to);
			REQUIRE(name->usable_size(p) >= to, "%zu to %zu", from,
			        to);
			REQUIRE(holds(p + kept - smaller(kept, 64),
			              smaller(kept, 64), 9),
			        "end, %zu to %zu", from, to);
			for (size_t k = 0; k + 128 <= kept; k += 4096) {
				REQUIRE(holds(p + k, 64, 5), "%zu to %zu, %zu",
				        from, to, k);
			}
			p[to - 1] = 1;
			name->free(p);
		}
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(all_usable_bytes_are_copied_not_the_requested_ones)
{
	const struct names *name = &names[_i];

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		void *p = name->malloc(border_sizes[i]);
		size_t usable = name->usable_size(p);

		if (usable > 20 * MIB) {
			name->free(p);
			continue;
		}
		fill(p, usable, 11);
		p = name->realloc(p, usable * 2 + 1);
		REQUIRE(holds(p, usable, 11), "size %zu", border_sizes[i]);
		name->free(p);
	}
}
END_TEST

START_TEST(same_size_keeps_the_place)
{
	const struct names *name = &names[_i];

	for (size_t i = 1; i < BORDER_COUNT; i++) {
		void *p = name->malloc(border_sizes[i]);
		void *q;

		fill(p, smaller(border_sizes[i], 4096), 2);
		q = name->realloc(p, border_sizes[i]);
		REQUIRE(q == opaque(p), "size %zu", border_sizes[i]);
		REQUIRE(holds(q, smaller(border_sizes[i], 4096), 2),
		        "size %zu", border_sizes[i]);
		name->free(q);
	}
}
END_TEST

START_TEST(growth_within_the_usable_size_keeps_the_place)
{
	const struct names *name = &names[_i];

	for (size_t size = 1; size <= 100000; size += size / 7 + 1) {
		void *p = name->malloc(size);
		void *q = name->realloc(p, name->usable_size(p));

		REQUIRE(q == opaque(p), "size %zu", size);
		name->free(q);
	}
}
END_TEST

START_TEST(growth_byte_by_byte_keeps_all)
{
	const struct names *name = &names[_i];
	unsigned char *p = NULL;

	for (size_t size = 1; size <= 40000; size++) {
		p = name->realloc(p, size);
		REQUIRE(p != NULL, "size %zu", size);
		p[size - 1] = pattern_byte(size - 1, 1);
	}
	REQUIRE(holds(p, 40000, 1), "after growth");
	for (size_t size = 40000; size >= 1; size--) {
		p = name->realloc(p, size);
		REQUIRE(p != NULL, "size %zu", size);
		REQUIRE(p[size - 1] == pattern_byte(size - 1, 1), "size %zu",
		        size);
	}
	name->free(p);
}
END_TEST

START_TEST(interleaved_growth_to_huge_keeps_all)
{
	const struct names *name = &names[_i];
	unsigned char *p[3] = { NULL, NULL, NULL };
	size_t had = 0;

	for (size_t size = 1000; size < 70 * MIB; size += size / 3) {
		for (unsigned k = 0; k < 3; k++) {
			p[k] = name->realloc(p[k], size);
			REQUIRE(p[k] != NULL, "size %zu", size);
			for (size_t i = had; i < size; i += 1000) {
				p[k][i] = pattern_byte(i, k);
			}
			p[k][size - 1] = 1;
		}
		for (unsigned k = 0; k < 3; k++) {
			for (size_t i = had / 1000 * 1000; i + 1 < size;
			     i += 1000) {
				p[k][i] = pattern_byte(i, k);
			}
			for (size_t i = 0; i + 1 < size; i += 1000) {
				REQUIRE(p[k][i] == pattern_byte(i, k),
				        "size %zu, offset %zu", size, i);
			}
		}
		had = size;
	}
	for (size_t size = had; size > 100; size = size * 2 / 3) {
		for (unsigned k = 0; k < 3; k++) {
			p[k] = name->realloc(p[k], size);
			for (size_t i = 0; i + 1000 < size; i += 1000) {
				REQUIRE(p[k][i] == pattern_byte(i, k),
				        "shrunk to %zu, offset %zu", size, i);
			}
		}
	}
	for (unsigned k = 0; k < 3; k++) {
		name->free(p[k]);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(shrinking_gives_memory_up)
{
	const struct names *name = &names[_i];
	static const size_t size[] = { 300 * KIB, 20 * MIB, 60 * MIB };

	for (size_t i = 0; i < ARRAY_LENGTH(size); i++) {
		void *p = name->malloc(size[i]);
		size_t live = live_bytes();

		p = name->realloc(p, 40 * KIB);
		REQUIRE(live_bytes() <= live - size[i] + 80 * KIB, "%zu",
		        size[i]);
		p = name->realloc(p, 100);
		REQUIRE(live_bytes() <= live - size[i] + 1 * KIB, "%zu",
		        size[i]);
		name->free(p);
	}
}
END_TEST

START_TEST(failure_leaves_the_block_untouched)
{
	const struct names *name = &names[_i];
	static const struct {
		size_t size;
		enum memalloc_error code;
	} refused[] = {
		{ SIZE_MAX, MEMALLOC_ERR_SIZE },
		{ SIZE_MAX - 4095, MEMALLOC_ERR_SIZE },
		{ (size_t)PTRDIFF_MAX + 1, MEMALLOC_ERR_SIZE },
		{ PTRDIFF_MAX, MEMALLOC_ERR_NO_MEMORY },
		{ PTRDIFF_MAX - 65536, MEMALLOC_ERR_NO_MEMORY },
		{ TOP_BIT >> 3, MEMALLOC_ERR_NO_MEMORY },
	};

	for (size_t i = 1; i < BORDER_COUNT; i++) {
		size_t size = border_sizes[i];
		void *p = name->malloc(size);
		size_t usable = name->usable_size(p);

		fill(p, smaller(size, 100000), 3);
		for (size_t k = 0; k < (IS_64_BIT ? ARRAY_LENGTH(refused) : 3);
		     k++) {
			errno = 0;
			REQUIRE(name->realloc(p, opaque_size(refused[k].size))
			        == NULL, "%zu to %zu", size, refused[k].size);
			REQUIRE(errno == ENOMEM, "errno %d", errno);
			REQUIRE(memalloc_last_error() == refused[k].code,
			        "code %d, %zu to %zu",
			        (int)memalloc_last_error(), size,
			        refused[k].size);
		}
		REQUIRE(name->usable_size(opaque(p)) == usable, "%zu", size);
		REQUIRE(holds(p, smaller(size, 100000), 3), "%zu", size);
		name->free(opaque(p));
	}
}
END_TEST

START_TEST(refusal_of_null_is_as_mallocs)
{
	const struct names *name = &names[_i];

	errno = 0;
	ck_assert_ptr_null(name->realloc(NULL, opaque_size(SIZE_MAX)));
	ck_assert_int_eq(errno, ENOMEM);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_SIZE);
}
END_TEST

START_TEST(aligned_blocks_may_be_resized)
{
	const struct names *name = &names[_i];

	for (size_t alignment = 16; alignment <= 4 * MIB; alignment *= 4) {
		for (size_t size = 1; size < 3 * MIB; size = size * 5 + 3) {
			void *p = name->aligned_alloc(alignment, size);

			fill(p, smaller(size, 10000), 4);
			p = name->realloc(p, size * 2);
			REQUIRE(holds(p, smaller(size, 10000), 4),
			        "alignment %zu, size %zu", alignment, size);
			p = name->realloc(p, size);
			REQUIRE(holds(p, smaller(size, 10000), 4),
			        "alignment %zu, size %zu", alignment, size);
			name->free(p);
		}
	}
}
END_TEST

START_TEST(random_resizing_keeps_every_byte)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t size;
	} slot[200];
	uint64_t random = 42;

	memset(slot, 0, sizeof(slot));
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);
		unsigned bits = next_random(&random) % 15;
		size_t size;

		if (step % 211 == 0) {
			bits = 21;
		}
		size = 1 + (next_random(&random) & (((size_t)1 << bits) - 1));
		slot[i].p = name->realloc(slot[i].p, size);
		REQUIRE(slot[i].p != NULL, "step %u", step);
		REQUIRE(holds(slot[i].p, smaller(size, slot[i].size),
		              (unsigned)i), "step %u: %zu to %zu", step,
		        slot[i].size, size);
		fill(slot[i].p, size, (unsigned)i);
		slot[i].size = size;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		REQUIRE(holds(slot[i].p, slot[i].size, (unsigned)i), "%zu", i);
		name->free(slot[i].p);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("realloc");
	TCase *tcase = add_case(suite, "realloc", 120);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(realloc_of_null_is_malloc);
	ADD(realloc_to_zero_frees_and_returns_null);
	ADD(realloc_to_zero_is_counted);
	ADD(realloc_of_null_to_zero_is_malloc_of_zero);
	ADD(content_is_kept_between_every_pair_of_sizes);
	ADD(all_usable_bytes_are_copied_not_the_requested_ones);
	ADD(same_size_keeps_the_place);
	ADD(growth_within_the_usable_size_keeps_the_place);
	ADD(growth_byte_by_byte_keeps_all);
	ADD(interleaved_growth_to_huge_keeps_all);
	ADD(shrinking_gives_memory_up);
	ADD(failure_leaves_the_block_untouched);
	ADD(refusal_of_null_is_as_mallocs);
	ADD(aligned_blocks_may_be_resized);
	ADD(random_resizing_keeps_every_byte);
	return run_suite(suite);
}
