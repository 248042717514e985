/* SPDX-License-Identifier: MIT */
/*
 * alloc.h - the entry points' bodies, inline for the prefixed and the
 * standard names alike, and the slow functions behind them.
 */
#ifndef MA_ALLOC_H
#define MA_ALLOC_H

#include "base.h"

#include <string.h>

#include "hardened.h"
#include "hit.h"
#include "target.h"

/* --- malloc.c ----------------------------------------------------------- */

/*
 * A block of NBYTES at a multiple of ALIGNMENT (a power of two; 1: plain),
 * zeroed if ZERO, for FUNCTION: what did not hit.  NULL, with errno ENOMEM
 * and the last error set, if refused.
 */
MA_HIDDEN MA_COLD void *
ma_alloc_slow(size_t nbytes, size_t alignment, bool zero,
              const char *function);

/* --- release.c ---------------------------------------------------------- */

/* free without the hit. */
MA_HIDDEN MA_COLD void
ma_free_slow(void *p, const char *function);

/* Free the block at P as one of ALIGNMENT; misuse if it cannot be one. */
MA_HIDDEN void
ma_free_aligned(void *p, size_t alignment, const char *function);

/*
 * Free the block at P as one of SIZE bytes and ALIGNMENT (1: plain); misuse
 * if it cannot be one.  IS_NEW: operator new made it, which rounds sizes up to
 * the alignment.
 */
MA_HIDDEN void
ma_free_checked(void *p, size_t alignment, size_t size, bool is_new,
                const char *function);

/* Free the live block at P, which T describes. */
MA_HIDDEN void
ma_release(const struct ma_target *t, void *p);

/* The same for a block that has left the program's hands for good. */
MA_HIDDEN void
ma_release_core(const struct ma_target *t, void *p);

/* The same as the program is to have it: in the hardened build, guarded. */
MA_INLINE void *
ma_alloc_any(size_t nbytes, size_t alignment, bool zero,
             const char *function)
{
	return MA_HARDENED ?
		ma_hardened_alloc(nbytes, alignment, zero, function) :
		ma_alloc_slow(nbytes, alignment, zero, function);
}

/* --- Bodies ------------------------------------------------------------- */

MA_INLINE void *
ma_alloc(size_t nbytes)
{
	void *p = ma_hit_alloc(nbytes);

	return MA_LIKELY(p != NULL) ? p :
		ma_alloc_any(nbytes, 1, false, "malloc");
}

/* ma_hit_alloc for an ALIGNMENT that is a power of two. */
MA_INLINE void *
ma_hit_alloc_aligned(size_t alignment, size_t nbytes)
{
	struct ma_heap *heap = ma_thread.hit;
	size_t rounded = ma_align_up(nbytes, alignment); /* 0 if it wraps */

	if (MA_HARDENED || MA_UNLIKELY(rounded - 1 >= heap->small_limit) ||
	    MA_UNLIKELY(alignment > MA_SLICE_SIZE))
		return NULL;
	return ma_bin_pop(&heap->bins, ma_sizeclass_of(rounded), heap->secret);
}

MA_INLINE void *
ma_alloc_aligned(size_t alignment, size_t nbytes, const char *function)
{
	void *p = ma_hit_alloc_aligned(alignment, nbytes);

	return MA_LIKELY(p != NULL) ? p :
		ma_alloc_any(nbytes, alignment, false, function);
}

MA_INLINE void
ma_free(void *p, const char *function)
{
	if (MA_HARDENED)
		ma_hardened_free(p, function);
	else if (MA_UNLIKELY(!ma_hit_free(p)))
		ma_free_slow(p, function);
}

MA_INLINE void *
ma_calloc(size_t count, size_t size)
{
	size_t nbytes;
	void *p;

	if (MA_UNLIKELY(__builtin_mul_overflow(count, size, &nbytes)))
		return ma_alloc_any(SIZE_MAX, 1, true, "calloc");
	p = ma_hit_alloc(nbytes);
	if (MA_UNLIKELY(p == NULL))
		return ma_alloc_any(nbytes, 1, true, "calloc");
	return memset(p, 0, nbytes);
}

#endif /* MA_ALLOC_H */
