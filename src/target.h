/* SPDX-License-Identifier: MIT */
/*
 * target.h - what a pointer given by the program points to.
 *
 * The one place that judges pointers.  It reads nothing before it knows from
 * the page map whose the memory is, and it does not return for a pointer
 * that is not the start of a live block.
 */
#ifndef MA_TARGET_H
#define MA_TARGET_H

#include "base.h"
#include "span.h"

struct ma_target {
	uint32_t word;
	unsigned c;		/* size class; MA_CLASSES: large or huge */
	size_t size;		/* usable bytes */
	struct ma_span *span;
};

/*
 * The live block at P (not NULL).  Misuse of FUNCTION, if P is anything
 * else: does not return; but where no span contains P and the option says to
 * ignore that, it tells of it and returns a target without a span.  The caller
 * holds no lock.
 */
MA_HIDDEN struct ma_target
ma_target_of(const void *p, const char *function);

#endif /* MA_TARGET_H */
