/* SPDX-License-Identifier: MIT */
/*
 * large.h - blocks of whole slices, and huge blocks with their own mapping.
 *
 * A large block is a span of the arena.  A huge one, from the option
 * huge_threshold on, has its own mapping, of which only the first slice is
 * registered: however long it is, it costs one word.  Where one kind is
 * refused, the other is tried.
 */
#ifndef MA_LARGE_H
#define MA_LARGE_H

#include "base.h"
#include "span.h"

enum ma_large_use {
	MA_LARGE_ANY,
	MA_LARGE_ZERO,		/* its bytes are to be zero */
	MA_LARGE_GROWING	/* it has grown, and may grow on */
};

/*
 * A block of NBYTES (at most MA_SIZE_LIMIT) at a multiple of ALIGNMENT, a
 * power of two, for USE.  NULL if refused.
 */
MA_HIDDEN void *
ma_large_alloc(size_t nbytes, size_t alignment, enum ma_large_use use);

/* SPAN is large or huge. */
MA_HIDDEN void
ma_large_free(struct ma_span *span);

/*
 * Make the block NBYTES long, moving it if it must: returns it, or NULL with
 * nothing changed.  NBYTES exceeds MA_SMALL_MAX.
 */
MA_HIDDEN void *
ma_large_resize(struct ma_span *span, size_t nbytes);

/* The same where it lies; false, and nothing changed, if it cannot be. */
MA_HIDDEN bool
ma_large_resize_in_place(struct ma_span *span, size_t nbytes);

/* The bytes that a request of NBYTES > MA_SMALL_MAX gets. */
MA_HIDDEN size_t
ma_large_good_size(size_t nbytes);

#endif /* MA_LARGE_H */
