/* SPDX-License-Identifier: MIT */
/*
 * spantree.h - spans in order of length, then address.
 *
 * A treap over the left and right links of the records: a search tree by
 * (slices, base), a heap by a hash of the base, which makes it balanced as
 * if the spans had come in random order.  All operations take expected
 * logarithmic time and none recurses.  Not locked: the owner of the tree is.
 *
 *   T1  left < node < right by (slices, base).
 *   T2  A node's hash is at least its children's.
 */
#ifndef MA_SPANTREE_H
#define MA_SPANTREE_H

#include "base.h"
#include "span.h"

/* SPAN is in no tree or list. */
MA_HIDDEN void
ma_spantree_insert(struct ma_span **root, struct ma_span *span);

/* SPAN is in this tree, with the key it was inserted by. */
MA_HIDDEN void
ma_spantree_remove(struct ma_span **root, struct ma_span *span);

/* The first span of at least NSLICES, the lowest of equal ones; or NULL. */
MA_HIDDEN struct ma_span *
ma_spantree_find(struct ma_span *root, size_t nslices);

/* The first or the last span in order; NULL if the tree is empty. */
MA_HIDDEN struct ma_span *
ma_spantree_first(struct ma_span *root);
MA_HIDDEN struct ma_span *
ma_spantree_last(struct ma_span *root);

/* SPAN itself if the search for it leads to it, else NULL. */
MA_HIDDEN struct ma_span *
ma_spantree_find_exact(struct ma_span *root, const struct ma_span *span);

/* The span before SPAN in order, NULL if it is the first. */
MA_HIDDEN struct ma_span *
ma_spantree_before(struct ma_span *root, const struct ma_span *span);

#endif /* MA_SPANTREE_H */
