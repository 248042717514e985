/* SPDX-License-Identifier: MIT */
/*
 * api_aligned_alloc.c - the contracts of aligned_alloc, memalign,
 * posix_memalign, valloc and pvalloc.
 */
#include <errno.h>
#include <unistd.h>

#include "names.h"
#include "util.h"

enum form { ALIGNED_ALLOC, MEMALIGN, POSIX_MEMALIGN, FORM_COUNT };

/* An aligned block by one of the three functions. */
static void *
take(const struct names *name, enum form form, size_t alignment, size_t size)
{
	void *p = NULL;

	switch (form) {
	case ALIGNED_ALLOC:
		return name->aligned_alloc(alignment, size);
	case MEMALIGN:
		return name->memalign(alignment, size);
	default:
		if (alignment < sizeof(void *)) {
			alignment = sizeof(void *);
		}
		errno = name->posix_memalign(&p, alignment, size);
		return p;
	}
}

START_TEST(every_alignment_to_1_gib_is_kept)
{
	const struct names *name = &names[_i];
	static const size_t size[] = { 0, 1, 16, 17, 100, 1000, 4096, 5000,
	                               40000, 1048577 };
	/* Of 32 bits a quarter, aligned, may be more than is in one piece. */
	size_t most = IS_64_BIT ? GIB : 128 * MIB;

	for (int form = 0; form < FORM_COUNT; form++) {
		for (size_t alignment = 1; alignment <= most; alignment *= 2) {
			void *block[ARRAY_LENGTH(size)];

			for (size_t s = 0; s < ARRAY_LENGTH(size); s++) {
				if (alignment > 64 * MIB && s % 4 != 1) {
					block[s] = NULL;
					continue;
				}
				block[s] = take(name, form, alignment,
				                size[s]);
				REQUIRE(block[s] != NULL, "alignment %zu, "
				        "size %zu", alignment, size[s]);
				REQUIRE(is_aligned(block[s], alignment) &&
				        is_aligned(block[s], 16),
				        "alignment %zu, size %zu",
				        alignment, size[s]);
				REQUIRE(name->usable_size(block[s]) >= size[s],
				        "alignment %zu, size %zu", alignment,
				        size[s]);
				fill(block[s], size[s], (unsigned)s);
			}
			for (size_t s = 0; s < ARRAY_LENGTH(size); s++) {
				REQUIRE(block[s] == NULL ||
				        holds(block[s], size[s], (unsigned)s),
				        "alignment %zu, size %zu", alignment,
				        size[s]);
				name->free(block[s]);
			}
		}
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(huge_blocks_are_aligned_too)
{
	const struct names *name = &names[_i];

	for (size_t alignment = 64; alignment <= (IS_64_BIT ? GIB : 64 * MIB);
	     alignment *= 8) {
		char *p = name->aligned_alloc(alignment, 40 * MIB);

		REQUIRE(p != NULL, "alignment %zu", alignment);
		REQUIRE(is_aligned(p, alignment), "alignment %zu", alignment);
		p[0] = 1;
		p[40 * MIB - 1] = 1;
		name->free(p);
	}
}
END_TEST

START_TEST(zero_bytes_aligned_give_unique_blocks)
{
	const struct names *name = &names[_i];

	for (int form = 0; form < FORM_COUNT; form++) {
		for (size_t alignment = 8; alignment <= 65536;
		     alignment *= 2) {
			void *a = take(name, form, alignment, 0);
			void *b = take(name, form, alignment, 0);

			REQUIRE(a != NULL && b != NULL, "%zu", alignment);
			REQUIRE(a != b, "alignment %zu", alignment);
			REQUIRE(is_aligned(a, alignment), "%zu", alignment);
			REQUIRE(is_aligned(b, alignment), "%zu", alignment);
			name->free(a);
			name->free(b);
		}
	}
}
END_TEST

START_TEST(size_need_not_be_a_multiple_of_the_alignment)
{
	const struct names *name = &names[_i];
	void *p = name->aligned_alloc(opaque_size(4096), 33);

	ck_assert_ptr_nonnull(p);
	name->free(p);
}
END_TEST

START_TEST(aligned_alloc_takes_powers_of_two_only)
{
	const struct names *name = &names[_i];
	static const size_t wrong[] = { 0, 3, 5, 6, 7, 9, 12, 24, 48, 100,
	                                4095, 4097, SIZE_MAX, SIZE_MAX - 1,
	                                TOP_BIT + 1 };

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		errno = 0;
		REQUIRE(name->aligned_alloc(opaque_size(wrong[i]), 100)
		        == NULL, "alignment %zu", wrong[i]);
		REQUIRE(errno == EINVAL, "errno %d", errno);
		REQUIRE(memalloc_last_error() == MEMALLOC_ERR_ALIGNMENT,
		        "alignment %zu", wrong[i]);
	}
}
END_TEST

START_TEST(posix_memalign_leaves_the_pointer_and_errno_on_error)
{
	const struct names *name = &names[_i];
	static const struct {
		size_t alignment, size;
		int result;
		enum memalloc_error code;
	} row[] = {
		{ 0, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 1, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 2, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ sizeof(void *) / 2, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 12, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 24, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 4097, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ SIZE_MAX, 100, EINVAL, MEMALLOC_ERR_ALIGNMENT },
		{ 16, SIZE_MAX, ENOMEM, MEMALLOC_ERR_SIZE },
		{ 4096, SIZE_MAX - 10, ENOMEM, MEMALLOC_ERR_SIZE },
		{ 16, (size_t)PTRDIFF_MAX + 1, ENOMEM, MEMALLOC_ERR_SIZE },
		{ 16, PTRDIFF_MAX, ENOMEM, MEMALLOC_ERR_NO_MEMORY },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(row) - !IS_64_BIT; i++) {
		void *p = &p;

		errno = 77;
		REQUIRE(name->posix_memalign(&p, opaque_size(row[i].alignment),
		                             opaque_size(row[i].size))
		        == row[i].result, "row %zu", i);
		REQUIRE(p == &p, "row %zu", i);
		REQUIRE(errno == 77, "row %zu, errno %d", i, errno);
		REQUIRE(memalloc_last_error() == row[i].code,
		        "row %zu, code %d", i, (int)memalloc_last_error());
	}
}
END_TEST

START_TEST(posix_memalign_success_leaves_errno)
{
	const struct names *name = &names[_i];
	void *p;

	errno = 77;
	ck_assert_int_eq(name->posix_memalign(&p, 64, 100), 0);
	ck_assert_int_eq(errno, 77);
	name->free(p);
}
END_TEST

START_TEST(memalign_rounds_an_odd_alignment_up)
{
	const struct names *name = &names[_i];
	static const struct {
		size_t asked, given;
	} row[] = {
		{ 0, 1 }, { 3, 4 }, { 17, 32 }, { 24, 32 }, { 33, 64 },
		{ 100, 128 }, { 4095, 4096 }, { 4097, 8192 },
		{ 65537, 131072 }, { 3 * MIB, 4 * MIB },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		/* Several, so that no luck aligns them all. */
		for (int k = 0; k < 5; k++) {
			void *p = name->memalign(opaque_size(row[i].asked),
			                         100);

			REQUIRE(p != NULL, "%zu", row[i].asked);
			REQUIRE(is_aligned(p, row[i].given), "%zu",
			        row[i].asked);
			if (k % 2 == 0) {
				name->free(p);
			}
		}
	}
}
END_TEST

START_TEST(memalign_refuses_what_cannot_be_rounded_up)
{
	const struct names *name = &names[_i];

	errno = 0;
	ck_assert_ptr_null(name->memalign(TOP_BIT + 1, 100));
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_ALIGNMENT);
	errno = 0;
	ck_assert_ptr_null(name->memalign(SIZE_MAX, 100));
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

START_TEST(alignments_beyond_memory_are_refused)
{
	const struct names *name = &names[_i];

	for (size_t alignment = TOP_BIT >> 15; IS_64_BIT && alignment != 0;
	     alignment *= 2) {
		for (int form = 0; form < FORM_COUNT; form++) {
			errno = 0;
			REQUIRE(take(name, form, alignment, 100) == NULL,
			        "alignment %zu", alignment);
			REQUIRE(errno == ENOMEM, "alignment %zu, errno %d",
			        alignment, errno);
			REQUIRE(memalloc_last_error() ==
			        MEMALLOC_ERR_NO_MEMORY ||
			        memalloc_last_error() == MEMALLOC_ERR_SIZE,
			        "alignment %zu", alignment);
		}
	}
}
END_TEST

START_TEST(sizes_beyond_ptrdiff_max_are_refused_at_any_alignment)
{
	const struct names *name = &names[_i];

	for (size_t alignment = 8; alignment != 0; alignment *= 2) {
		for (int form = 0; form < FORM_COUNT; form++) {
			for (size_t k = 0; k < 5000; k += 333) {
				errno = 0;
				REQUIRE(take(name, form, alignment,
				             SIZE_MAX - k) == NULL,
				        "alignment %zu", alignment);
				REQUIRE(errno == ENOMEM, "errno %d", errno);
				errno = 0;
				REQUIRE(take(name, form, alignment,
				             PTRDIFF_MAX - k) == NULL,
				        "alignment %zu", alignment);
				REQUIRE(errno == ENOMEM, "errno %d", errno);
			}
		}
	}
}
END_TEST

START_TEST(valloc_aligns_to_the_page)
{
	const struct names *name = &names[_i];
	size_t page = sysconf(_SC_PAGESIZE);
	void *a, *b;

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		a = name->valloc(border_sizes[i]);
		b = name->valloc(border_sizes[i]);
		REQUIRE(a != NULL && b != NULL, "%zu", border_sizes[i]);
		REQUIRE(is_aligned(a, page), "%zu", border_sizes[i]);
		REQUIRE(is_aligned(b, page), "%zu", border_sizes[i]);
		REQUIRE(name->usable_size(a) >= border_sizes[i], "%zu",
		        border_sizes[i]);
		name->free(a);
		name->free(b);
	}
}
END_TEST

START_TEST(pvalloc_gives_whole_pages_and_at_least_one)
{
	const struct names *name = &names[_i];
	size_t page = sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < BORDER_COUNT; i++) {
		size_t size = border_sizes[i];
		size_t whole = size == 0 ? page : (size + page - 1) & -page;
		char *p = name->pvalloc(size);

		REQUIRE(p != NULL, "size %zu", size);
		REQUIRE(is_aligned(p, page), "size %zu", size);
		REQUIRE(name->usable_size(p) >= whole, "size %zu", size);
		p[whole - 1] = 1;
		name->free(p);
	}
}
END_TEST

START_TEST(valloc_and_pvalloc_refuse_sizes_that_wrap)
{
	const struct names *name = &names[_i];

	for (size_t k = 0; k < 10000; k += 100) {
		errno = 0;
		REQUIRE(name->valloc(SIZE_MAX - k) == NULL, "%zu", k);
		REQUIRE(errno == ENOMEM, "errno %d", errno);
		REQUIRE(memalloc_last_error() == MEMALLOC_ERR_SIZE, "%zu", k);
		errno = 0;
		REQUIRE(name->pvalloc(SIZE_MAX - k) == NULL, "%zu", k);
		REQUIRE(errno == ENOMEM, "errno %d", errno);
		REQUIRE(memalloc_last_error() == MEMALLOC_ERR_SIZE, "%zu", k);
		errno = 0;
		REQUIRE(name->pvalloc(PTRDIFF_MAX - k) == NULL, "%zu", k);
		REQUIRE(errno == ENOMEM, "errno %d", errno);
	}
}
END_TEST

START_TEST(many_aligned_blocks_come_and_go)
{
	const struct names *name = &names[_i];
	static struct {
		void *p;
		size_t size;
	} slot[300];
	uint64_t random = 3;

	memset(slot, 0, sizeof(slot));
	for (unsigned step = 0; step < 30000; step++) {
		size_t i = next_random(&random) % ARRAY_LENGTH(slot);
		size_t alignment = (size_t)1 << (4 + next_random(&random) % 13);

		REQUIRE(slot[i].p == NULL ||
		        holds(slot[i].p, slot[i].size, (unsigned)i),
		        "step %u", step);
		name->free(slot[i].p);
		slot[i].size = next_random(&random) % 3000;
		slot[i].p = name->aligned_alloc(alignment, slot[i].size);
		REQUIRE(slot[i].p != NULL && is_aligned(slot[i].p, alignment),
		        "step %u, alignment %zu", step, alignment);
		fill(slot[i].p, slot[i].size, (unsigned)i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(slot); i++) {
		name->free(slot[i].p);
	}
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("aligned_alloc");
	TCase *tcase = add_case(suite, "aligned_alloc", 60);

#define ADD(test) tcase_add_loop_test(tcase, test, 0, NAMES_COUNT)
	ADD(every_alignment_to_1_gib_is_kept);
	ADD(huge_blocks_are_aligned_too);
	ADD(zero_bytes_aligned_give_unique_blocks);
	ADD(size_need_not_be_a_multiple_of_the_alignment);
	ADD(aligned_alloc_takes_powers_of_two_only);
	ADD(posix_memalign_leaves_the_pointer_and_errno_on_error);
	ADD(posix_memalign_success_leaves_errno);
	ADD(memalign_rounds_an_odd_alignment_up);
	ADD(memalign_refuses_what_cannot_be_rounded_up);
	ADD(alignments_beyond_memory_are_refused);
	ADD(sizes_beyond_ptrdiff_max_are_refused_at_any_alignment);
	ADD(valloc_aligns_to_the_page);
	ADD(pvalloc_gives_whole_pages_and_at_least_one);
	ADD(valloc_and_pvalloc_refuse_sizes_that_wrap);
	ADD(many_aligned_blocks_come_and_go);
	return run_suite(suite);
}
