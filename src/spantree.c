/* SPDX-License-Identifier: MIT */
/*
 * spantree.c - spans in order of length, then address.
 */
#include "base.h"

#include "bits.h"
#include "spantree.h"

MA_INLINE bool
is_less(const struct ma_span *a, const struct ma_span *b)
{
	return a->slices < b->slices ||
		(a->slices == b->slices && a->base < b->base);
}

MA_INLINE uint64_t
tree_hash(const struct ma_span *span)
{
	return ma_bits_mix(span->base >> MA_SLICE_SHIFT);
}

/* Cut TREE into what is less than SPAN and what is not. */
static void
split_tree(struct ma_span *tree, const struct ma_span *span,
           struct ma_span **less, struct ma_span **more)
{
	while (tree != NULL) {
		if (is_less(tree, span)) {
			*less = tree;
			less = &tree->right;
			tree = tree->right;
		} else {
			*more = tree;
			more = &tree->left;
			tree = tree->left;
		}
	}
	*less = NULL;
	*more = NULL;
}

void
ma_spantree_insert(struct ma_span **root, struct ma_span *span)
{
	uint64_t hash = tree_hash(span);

	while (*root != NULL && tree_hash(*root) >= hash)
		root = is_less(span, *root) ? &(*root)->left : &(*root)->right;
	split_tree(*root, span, &span->left, &span->right);
	*root = span;
}

void
ma_spantree_remove(struct ma_span **root, struct ma_span *span)
{
	while (*root != span) {
		ma_assert(*root != NULL);
		root = is_less(span, *root) ? &(*root)->left : &(*root)->right;
	}

	struct ma_span *less = span->left, *more = span->right;

	while (less != NULL && more != NULL) {
		if (tree_hash(less) >= tree_hash(more)) {
			*root = less;
			root = &less->right;
			less = less->right;
		} else {
			*root = more;
			root = &more->left;
			more = more->left;
		}
	}
	*root = less != NULL ? less : more;
	span->left = NULL;
	span->right = NULL;
}

struct ma_span *
ma_spantree_find(struct ma_span *root, size_t nslices)
{
	struct ma_span *best = NULL;

	while (root != NULL) {
		if (root->slices >= nslices) {
			best = root;
			root = root->left;
		} else {
			root = root->right;
		}
	}
	return best;
}

struct ma_span *
ma_spantree_first(struct ma_span *root)
{
	while (root != NULL && root->left != NULL)
		root = root->left;
	return root;
}

struct ma_span *
ma_spantree_last(struct ma_span *root)
{
	while (root != NULL && root->right != NULL)
		root = root->right;
	return root;
}

struct ma_span *
ma_spantree_before(struct ma_span *root, const struct ma_span *span)
{
	struct ma_span *best = NULL;

	while (root != NULL) {
		if (is_less(root, span)) {
			best = root;
			root = root->right;
		} else {
			root = root->left;
		}
	}
	return best;
}

struct ma_span *
ma_spantree_find_exact(struct ma_span *root, const struct ma_span *span)
{
	while (root != NULL && root != span)
		root = is_less(span, root) ? root->left : root->right;
	return root;
}
