/* SPDX-License-Identifier: MIT */
/*
 * info.h - glibc's tuning and reporting functions, under names of our own.
 */
#ifndef MA_INFO_H
#define MA_INFO_H

#include "base.h"

#include <stdio.h>

/* The fields of glibc's struct mallinfo2, in its order. */
struct ma_mallinfo {
	size_t arena, ordblks, smblks, hblks, hblkhd;
	size_t usmblks, fsmblks, uordblks, fordblks, keepcost;
};

MA_HIDDEN struct ma_mallinfo
ma_info_mallinfo(void);

/* 1, or 0 if the parameter acts here and the value makes no sense. */
MA_HIDDEN int
ma_info_mallopt(int parameter, int value);

/* 0, or EINVAL if OPTIONS is not 0, or the errno of a failed write. */
MA_HIDDEN int
ma_info_xml(int options, FILE *stream);

/* To standard error. */
MA_HIDDEN void
ma_info_stats(void);

#endif /* MA_INFO_H */
