/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.h - sizes to bins and back.
 *
 *   Z1  The classes ascend, are multiples of 16, and exceed a request that
 *       they serve by less than 16 bytes or an eighth of it.  Up to
 *       MA_FINE_MAX every multiple of 16 is a class.
 *   Z2  n bytes from the start of a span starts a block exactly when n *
 *       reciprocal modulo 2^32 is below `below`.  For it is k * e + r *
 *       reciprocal, where n = k * size + r and e = size * reciprocal - 2^32 <
 *       size (Lemire, Kaser, Kurz 2019); `below` is capacity * e, or 1 if
 *       that is 0, and less than a reciprocal.  So r is 0, and k less than
 *       the capacity: what is left over at the end of a span is no block.
 *   Z3  A size is a class where it is a multiple of what classes near it
 *       differ by, a power of two: so the class of a request rounded up to an
 *       alignment is a multiple of that.
 *   Z4  A class that is a multiple of an alignment gives aligned blocks,
 *       since spans start at slices and starter runs at their own size.
 */
#ifndef MA_SIZECLASS_H
#define MA_SIZECLASS_H

#include "base.h"

/* Classes, and the largest block that lives in one. */
#define MA_CLASSES 104
#define MA_SMALL_MAX ((size_t)32768)
#define MA_FINE_MAX ((size_t)1024)

struct ma_sizeclass {
	uint32_t size;		/* bytes of a block */
	uint16_t slices;	/* of a span */
	uint16_t capacity;	/* blocks of a span */
	uint32_t reciprocal;	/* ceil(2^32 / size) */
	uint32_t below;		/* see Z2 */
};

MA_HIDDEN extern const struct ma_sizeclass ma_sizeclass[MA_CLASSES];

/* Class by (size - 1) / 128 from MA_FINE_MAX to MA_SMALL_MAX. */
MA_HIDDEN extern const uint8_t ma_sizeclass_coarse[MA_SMALL_MAX / 128];

/* The class of a request of NBYTES <= MA_SMALL_MAX. */
MA_INLINE unsigned
ma_sizeclass_of(size_t nbytes)
{
	if (MA_LIKELY(nbytes <= MA_FINE_MAX))
		return nbytes == 0 ? 0 : (unsigned)(nbytes - 1) / 16;
	return ma_sizeclass_coarse[(nbytes - 1) / 128];
}

/* Does a block of a span of class C start OFFSET behind the span's start? */
MA_INLINE bool
ma_sizeclass_on_grid(unsigned c, uint32_t offset)
{
	return offset * ma_sizeclass[c].reciprocal < ma_sizeclass[c].below;
}

/*
 * Classes stand in groups, four for each doubling up to 8 KiB and more of
 * one class each from there on.  The last of a group is its leader: its blocks
 * serve for those of the others until they are wanted often (heap.c).
 */
MA_HIDDEN extern const uint8_t ma_sizeclass_leader[MA_CLASSES];

/* May a block of class C stand for one of class WANTED? */
MA_INLINE bool
ma_sizeclass_serves(unsigned c, unsigned wanted)
{
	return c == wanted ||
		(wanted < MA_CLASSES && c == ma_sizeclass_leader[wanted]);
}

/*
 * The first class of at least NBYTES that is a multiple of ALIGNMENT, a
 * power of two; MA_CLASSES if none is.
 */
MA_HIDDEN unsigned
ma_sizeclass_aligned(size_t alignment, size_t nbytes);

#endif /* MA_SIZECLASS_H */
