/* SPDX-License-Identifier: MIT */
/*
 * sizeclass.c - the tables, made from sizeclass_list.h by the compiler.
 */
#include "base.h"

#include "sizeclass.h"

/* size * reciprocal - 2^32 */
#define EXCESS(size) ((size) * (UINT32_MAX / (size) + 1))
#define CAPACITY(size, slices) ((slices) * MA_SLICE_SIZE / (size))
#define BELOW(size, slices) \
	(EXCESS((uint32_t)(size)) == 0 ? 1 : \
	 (uint32_t)CAPACITY(size, slices) * EXCESS((uint32_t)(size)))

const struct ma_sizeclass ma_sizeclass[MA_CLASSES] = {
#define MA_CLASS_FINE(number, before, size, slices) \
	[number] = { size, slices, \
		(uint16_t)CAPACITY(size, slices), \
		UINT32_MAX / (size) + 1, BELOW(size, slices) },
#define MA_CLASS_COARSE MA_CLASS_FINE
#include "sizeclass_list.h"
#undef MA_CLASS_FINE
#undef MA_CLASS_COARSE
};

const uint8_t ma_sizeclass_coarse[MA_SMALL_MAX / 128] = {
#define MA_CLASS_FINE(number, before, size, slices)
#define MA_CLASS_COARSE(number, before, size, slices) \
	[(before) / 128 ... ((size) - 1) / 128] = number,
#include "sizeclass_list.h"
#undef MA_CLASS_FINE
#undef MA_CLASS_COARSE
};

/* The last of the fine classes whose sizes are rounded up to a STEP. */
#define LAST_OF(size, step) \
	(((size) - 1) / (step) * ((step) / 16) + (step) / 16 - 1)

const uint8_t ma_sizeclass_leader[MA_CLASSES] = {
#define MA_CLASS_FINE(number, before, size, slices) \
	[number] = (size) <= 128 ? number : \
		(size) <= 256 ? LAST_OF(size, 32) : \
		(size) <= 512 ? LAST_OF(size, 64) : LAST_OF(size, 128),
#define MA_CLASS_COARSE(number, before, size, slices) \
	[number] = (size) <= 8192 ? number | 1 : number,
#include "sizeclass_list.h"
#undef MA_CLASS_FINE
#undef MA_CLASS_COARSE
};

unsigned
ma_sizeclass_aligned(size_t alignment, size_t nbytes)
{
	if (nbytes > MA_SMALL_MAX || alignment > MA_SLICE_SIZE)
		return MA_CLASSES;
	return ma_sizeclass_of(ma_align_up(nbytes != 0 ? nbytes : 1,
	                                   alignment));
}
