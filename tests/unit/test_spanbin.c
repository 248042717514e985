/* SPDX-License-Identifier: MIT */
/*
 * test_spanbin.c - N1 and N2, and best fit over all lengths.
 */
#include "base.h"

#include "spanbin.h"
#include "util.h"

#define SPANS 1500

static struct ma_span spans[SPANS];
static bool is_in[SPANS];
static struct ma_spanbin bins;

static void
make_spans(void)
{
	uint64_t random = 1;

	for (size_t i = 0; i < SPANS; i++) {
		unsigned bits = next_random(&random) % 14;

		spans[i].slices = 1 + (uint32_t)(next_random(&random) &
		                                 ((1u << bits) - 1));
		/* Only their order counts. */
		spans[i].base = (i + 1) << MA_SLICE_SHIFT;
	}
}

/* N2. */
static void
verify_filled(void)
{
	for (unsigned b = 0; b < MA_SPANBINS; b++) {
		bool filled = bins.filled[b / 64] >> (b % 64) & 1;

		REQUIRE(filled == (bins.trees[b] != NULL), "bin %u", b);
	}
}

static struct ma_span *
best(size_t nslices)
{
	struct ma_span *found = NULL;

	for (size_t i = 0; i < SPANS; i++) {
		if (is_in[i] && spans[i].slices >= nslices &&
		    (found == NULL || spans[i].slices < found->slices ||
		     (spans[i].slices == found->slices &&
		      spans[i].base < found->base))) {
			found = &spans[i];
		}
	}
	return found;
}

START_TEST(bin_numbers_ascend_without_gaps)
{
	unsigned last = 0;

	ck_assert_uint_eq(ma_spanbin_number(1), 0);
	for (size_t n = 1; n <= (size_t)1 << 20; n++) {
		unsigned b = ma_spanbin_number(n);

		REQUIRE(b == last || b == last + 1, "%zu slices: %u", n, b);
		last = b;
	}
	for (uint64_t n = 1 << 20; n <= UINT32_MAX; n += n / 64) {
		unsigned b = ma_spanbin_number((size_t)n);

		REQUIRE(b >= last && b < MA_SPANBINS, "%zu slices: %u",
		        (size_t)n, b);
		last = b;
	}
}
END_TEST

START_TEST(short_lengths_have_bins_of_their_own)
{
	for (size_t n = 1; n < 32; n++) {
		REQUIRE(ma_spanbin_number(n + 1) == ma_spanbin_number(n) + 1,
		        "%zu", n);
	}
}
END_TEST

START_TEST(take_gives_the_best_fit_and_removes_it)
{
	uint64_t random = 2;

	make_spans();
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % SPANS;
		unsigned bits = next_random(&random) % 15;
		size_t wanted = 1 + (next_random(&random) &
		                     ((1u << bits) - 1));
		struct ma_span *expected, *got;

		if (!is_in[i]) {
			ma_spanbin_put(&bins, &spans[i]);
			is_in[i] = true;
		}
		if (step % 3 == 0) {
			continue;
		}
		expected = best(wanted);
		got = ma_spanbin_take(&bins, wanted);
		REQUIRE(got == expected, "step %u, %zu slices", step, wanted);
		if (got != NULL) {
			is_in[got - spans] = false;
		}
		if (step % 50 == 0) {
			verify_filled();
		}
	}
}
END_TEST

START_TEST(remove_takes_that_very_span)
{
	uint64_t random = 3;

	make_spans();
	for (size_t i = 0; i < SPANS; i++) {
		ma_spanbin_put(&bins, &spans[i]);
		is_in[i] = true;
	}
	for (size_t n = 0; n < SPANS; n++) {
		size_t i = next_random(&random) % SPANS;

		while (!is_in[i]) {
			i = (i + 1) % SPANS;
		}
		ma_spanbin_remove(&bins, &spans[i]);
		is_in[i] = false;
	}
	verify_filled();
	ck_assert_ptr_null(ma_spanbin_take(&bins, 1));
	ck_assert_ptr_null(ma_spanbin_longest(&bins));
}
END_TEST

START_TEST(the_way_down_meets_every_span_once)
{
	struct ma_span *span;
	size_t met = 0;

	make_spans();
	for (size_t i = 0; i < SPANS; i++) {
		ma_spanbin_put(&bins, &spans[i]);
	}
	for (span = ma_spanbin_longest(&bins); span != NULL; met++) {
		struct ma_span *next = ma_spanbin_next_shorter(&bins, span);

		REQUIRE(next == NULL || next->slices <= span->slices,
		        "order");
		span = next;
	}
	ck_assert_uint_eq(met, SPANS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spanbin");
	TCase *tcase = add_case(suite, "spanbin", 60);

	tcase_add_test(tcase, bin_numbers_ascend_without_gaps);
	tcase_add_test(tcase, short_lengths_have_bins_of_their_own);
	tcase_add_test(tcase, take_gives_the_best_fit_and_removes_it);
	tcase_add_test(tcase, remove_takes_that_very_span);
	tcase_add_test(tcase, the_way_down_meets_every_span_once);
	return run_suite(suite);
}
