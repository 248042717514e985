/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.h - sizes to bins and back.
 *
 *   Z1  The classes ascend, are multiples of 16, and exceed a request that
 *       they serve by less than 16 bytes or an eighth of it.
 *   Z2  size * reciprocal, as 64 bits, finds multiples: n < 2^32 is a
 *       multiple of the size exactly when n * reciprocal < reciprocal
 *       modulo 2^64 (Lemire, Kaser, Kurz 2019).
 *   Z3  A class that is a multiple of an alignment gives aligned blocks,
 *       since spans start at slices and starter runs at their own size.
 */
#ifndef MA_SIZECLASS_H
#define MA_SIZECLASS_H

#include "base.h"

/* Classes, and the largest block that lives in one. */
#define MA_CLASSES 72
#define MA_SMALL_MAX ((size_t)32768)
#define MA_FINE_MAX ((size_t)1024)

struct ma_sizeclass {
	uint32_t size;		/* bytes of a block */
	uint16_t slices;	/* of a span */
	uint16_t capacity;	/* blocks of a span */
	uint64_t reciprocal;	/* ceil(2^64 / size) */
};

MA_HIDDEN extern const struct ma_sizeclass ma_sizeclass[MA_CLASSES];

/* Class by (size + 15) / 16 up to MA_FINE_MAX ... */
MA_HIDDEN extern const uint8_t ma_sizeclass_fine[MA_FINE_MAX / 16 + 1];
/* ... and by (size - 1) / 128 from there to MA_SMALL_MAX. */
MA_HIDDEN extern const uint8_t ma_sizeclass_coarse[MA_SMALL_MAX / 128];

/* The class of a request of NBYTES <= MA_SMALL_MAX. */
MA_INLINE unsigned
ma_sizeclass_of(size_t nbytes)
{
	if (MA_LIKELY(nbytes <= MA_FINE_MAX))
		return ma_sizeclass_fine[(nbytes + 15) / 16];
	return ma_sizeclass_coarse[(nbytes - 1) / 128];
}

/*
 * The first class of at least NBYTES that is a multiple of ALIGNMENT, a
 * power of two; MA_CLASSES if none is.
 */
MA_HIDDEN unsigned
ma_sizeclass_aligned(size_t alignment, size_t nbytes);

#endif /* MA_SIZECLASS_H */
