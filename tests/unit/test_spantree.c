/* SPDX-License-Identifier: MIT */
/*
 * test_spantree.c - T1 and T2 under random insertion and removal.
 */
#include "base.h"

#include "bits.h"
#include "spantree.h"
#include "util.h"

#define SPANS 2000

static struct ma_span spans[SPANS];
static bool is_in[SPANS];
static struct ma_span *root;

/* Spans of few lengths, at distinct addresses. */
static void
make_spans(void)
{
	uint64_t random = 1;

	for (size_t i = 0; i < SPANS; i++) {
		spans[i].slices = 1 + (uint32_t)(next_random(&random) % 40);
		spans[i].base = (i + 1) << (MA_SLICE_SHIFT + 6);
	}
}

static bool
is_before(const struct ma_span *a, const struct ma_span *b)
{
	return a->slices < b->slices ||
	       (a->slices == b->slices && a->base < b->base);
}

/* Spans under NODE; T1 and T2 hold in it.  Returns its depth by *DEPTH. */
static size_t
verify(const struct ma_span *node, const struct ma_span *low,
       const struct ma_span *high, unsigned level, unsigned *depth)
{
	if (node == NULL) {
		return 0;
	}
	*depth = level > *depth ? level : *depth;
	REQUIRE(low == NULL || is_before(low, node), "T1");
	REQUIRE(high == NULL || is_before(node, high), "T1");
	for (int i = 0; i < 2; i++) {
		const struct ma_span *child = i ? node->left : node->right;

		REQUIRE(child == NULL ||
		        ma_bits_mix(node->base >> MA_SLICE_SHIFT) >=
		        ma_bits_mix(child->base >> MA_SLICE_SHIFT), "T2");
	}
	return 1 + verify(node->left, low, node, level + 1, depth) +
	       verify(node->right, node, high, level + 1, depth);
}

/* The span that ma_spantree_find should find. */
static struct ma_span *
find_slowly(size_t nslices)
{
	struct ma_span *best = NULL;

	for (size_t i = 0; i < SPANS; i++) {
		if (is_in[i] && spans[i].slices >= nslices &&
		    (best == NULL || is_before(&spans[i], best))) {
			best = &spans[i];
		}
	}
	return best;
}

START_TEST(an_empty_tree_has_nothing)
{
	ck_assert_ptr_null(ma_spantree_find(NULL, 1));
	ck_assert_ptr_null(ma_spantree_first(NULL));
	ck_assert_ptr_null(ma_spantree_last(NULL));
}
END_TEST

START_TEST(order_and_balance_survive_random_changes)
{
	uint64_t random = 2;
	size_t count = 0;

	make_spans();
	for (unsigned step = 0; step < 20000; step++) {
		size_t i = next_random(&random) % SPANS;
		unsigned depth = 0;

		if (is_in[i]) {
			ma_spantree_remove(&root, &spans[i]);
			count--;
			REQUIRE(spans[i].left == NULL &&
			        spans[i].right == NULL, "step %u", step);
		} else {
			ma_spantree_insert(&root, &spans[i]);
			count++;
		}
		is_in[i] = !is_in[i];
		if (step % 100 == 0) {
			REQUIRE(verify(root, NULL, NULL, 1, &depth) == count,
			        "step %u", step);
			REQUIRE(depth <= 45, "depth %u of %zu", depth, count);
		}
	}
}
END_TEST

START_TEST(find_gives_the_shortest_then_lowest)
{
	uint64_t random = 3;

	make_spans();
	for (unsigned step = 0; step < 2000; step++) {
		size_t i = next_random(&random) % SPANS;
		size_t wanted = 1 + next_random(&random) % 45;

		if (is_in[i]) {
			ma_spantree_remove(&root, &spans[i]);
		} else {
			ma_spantree_insert(&root, &spans[i]);
		}
		is_in[i] = !is_in[i];
		REQUIRE(ma_spantree_find(root, wanted) == find_slowly(wanted),
		        "step %u, %zu slices", step, wanted);
	}
}
END_TEST

START_TEST(walking_down_meets_every_span_once)
{
	struct ma_span *span;
	size_t met = 0;

	make_spans();
	for (size_t i = 0; i < SPANS; i++) {
		ma_spantree_insert(&root, &spans[i]);
	}
	for (span = ma_spantree_last(root); span != NULL;) {
		struct ma_span *before = ma_spantree_before(root, span);

		met++;
		REQUIRE(before == NULL || is_before(before, span), "order");
		if (before == NULL) {
			ck_assert_ptr_eq(span, ma_spantree_first(root));
		}
		span = before;
	}
	ck_assert_uint_eq(met, SPANS);
}
END_TEST

START_TEST(spans_in_address_order_do_not_make_a_list)
{
	unsigned depth = 0;

	for (size_t i = 0; i < SPANS; i++) {
		spans[i].slices = 1;
		spans[i].base = (i + 1) << MA_SLICE_SHIFT;
		ma_spantree_insert(&root, &spans[i]);
	}
	ck_assert_uint_eq(verify(root, NULL, NULL, 1, &depth), SPANS);
	ck_assert_uint_le(depth, 45);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("spantree");
	TCase *tcase = add_case(suite, "spantree", 60);

	tcase_add_test(tcase, an_empty_tree_has_nothing);
	tcase_add_test(tcase, order_and_balance_survive_random_changes);
	tcase_add_test(tcase, find_gives_the_shortest_then_lowest);
	tcase_add_test(tcase, walking_down_meets_every_span_once);
	tcase_add_test(tcase, spans_in_address_order_do_not_make_a_list);
	return run_suite(suite);
}
