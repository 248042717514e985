/* SPDX-License-Identifier: MIT */
/*
 * spanbin.h - the free spans, in bins by length.
 *
 * A bin for each length up to 32 slices, then 4 for each doubling; in a bin
 * a tree by length and address.  So the span found is the shortest that is
 * long enough, and the lowest of those.  Not locked: the arena's lock is.
 *
 *   N1  A free span is in the tree of its length's bin, and in no other.
 *   N2  A bin's bit in `filled` is set exactly when its tree is not empty.
 */
#ifndef MA_SPANBIN_H
#define MA_SPANBIN_H

#include "base.h"
#include "span.h"

#define MA_SPANBINS 140

struct ma_spanbin {
	uint64_t filled[(MA_SPANBINS + 63) / 64];
	struct ma_span *trees[MA_SPANBINS];
};

MA_HIDDEN void
ma_spanbin_put(struct ma_spanbin *bins, struct ma_span *span);

MA_HIDDEN void
ma_spanbin_remove(struct ma_spanbin *bins, struct ma_span *span);

/* The best span of at least NSLICES, taken out of the bins; or NULL. */
MA_HIDDEN struct ma_span *
ma_spanbin_take(struct ma_spanbin *bins, size_t nslices);

/* The longest span, and the next one down from SPAN; NULL at the end. */
MA_HIDDEN struct ma_span *
ma_spanbin_longest(struct ma_spanbin *bins);
MA_HIDDEN struct ma_span *
ma_spanbin_next_shorter(struct ma_spanbin *bins, const struct ma_span *span);

/* The number of the bin for NSLICES (not 0). */
MA_HIDDEN unsigned
ma_spanbin_number(size_t nslices);

#endif /* MA_SPANBIN_H */
