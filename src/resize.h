/* SPDX-License-Identifier: MIT */
/*
 * resize.h - realloc under any name.
 */
#ifndef MA_RESIZE_H
#define MA_RESIZE_H

#include "base.h"

/* realloc(P, SIZE) as FUNCTION. */
MA_HIDDEN void *
ma_resize(void *p, size_t size, const char *function);

/* How often somebody resized a block to 0; atomic. */
MA_HIDDEN extern size_t ma_zero_reallocs;

#endif /* MA_RESIZE_H */
