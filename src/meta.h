/* SPDX-License-Identifier: MIT */
/*
 * meta.h - memory for memalloc's own records, apart from all blocks.
 *
 * It lies in mappings of its own, so that no block that overflows reaches
 * it; where mapping is refused, the break serves.  Nothing is ever given
 * back: what it serves is recycled by its users.
 */
#ifndef MA_META_H
#define MA_META_H

#include "base.h"
#include "lock.h"

MA_HIDDEN extern struct ma_lock ma_meta_lock;

/*
 * NBYTES (not 0) of zeros, aligned to a cache line; NULL if the system
 * refuses.  Takes ma_meta_lock.
 */
MA_HIDDEN void *
ma_meta_alloc(size_t nbytes);

/* Bytes taken from the system so far. */
MA_HIDDEN size_t
ma_meta_bytes(void);

/* What lies below this may be records on the break; under ma_meta_lock. */
MA_HIDDEN uintptr_t
ma_meta_break_end(void);

#endif /* MA_META_H */
