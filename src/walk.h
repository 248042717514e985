/* SPDX-License-Identifier: MIT */
/*
 * walk.h - every span and block in address order, read without a lock.
 *
 * The walker reads all memory through a reader, so that it serves this
 * process, another one, or a core file; it follows the page map and the
 * records, and no link of any list.  What it reads may change under its
 * eyes: every value is checked before it is used, a step always leads up,
 * and what does not fit together is reported as moving.
 */
#ifndef MA_WALK_H
#define MA_WALK_H

#include "base.h"

#include <memalloc.h>

#include "span.h"

struct ma_reader {
	/* Copy NBYTES from ADDRESS there to TO here; false: not readable. */
	bool (*read)(const struct ma_reader *reader, uintptr_t address,
	             void *to, size_t nbytes);
	/* Where things are there. */
	uintptr_t root, groups, secret, factor;
};

/* The reader of this process. */
MA_HIDDEN extern const struct ma_reader ma_reader_self;

/*
 * Call VISIT for each span, and if BLOCKS for each block; as memalloc_walk
 * else.
 */
MA_HIDDEN int
ma_walk(const struct ma_reader *reader, bool blocks, memalloc_visitor *visit,
        void *arg);

#endif /* MA_WALK_H */
