/* SPDX-License-Identifier: MIT */
/*
 * override.h - which of the standard names are ours in this process.
 *
 * A program may bring malloc, realloc and free of its own, or an operator
 * delete, and none of the others: these come from here then, and are to end
 * in the program's, as the C and the C++ library have them do.
 */
#ifndef MA_OVERRIDE_H
#define MA_OVERRIDE_H

#include "base.h"

#ifdef __clang__
#define COPY_ATTRIBUTES(target)
#else
#define COPY_ATTRIBUTES(target) __attribute__((copy(target)))
#endif

/* NAME is another name of the function TARGET, which is defined here. */
#define ALIAS(visible, target, name) ALIAS_OF(visible, target, name)
#define ALIAS_OF(visible, target, name) \
	visible extern __typeof(target) name COPY_ATTRIBUTES(target) \
		__attribute__((alias(#target)))

/* Ours, whatever the standard names are bound to. */
MA_HIDDEN void *
ma_override_malloc(size_t size);
MA_HIDDEN void
ma_override_free(void *p);
MA_HIDDEN void *
ma_override_realloc(void *p, size_t size);

/* The compiler must not know that BOUND was defined here. */
MA_INLINE bool
ma_override_is_same(uintptr_t bound, uintptr_t ours)
{
	__asm__("" : "+r"(bound));
	return bound == ours;
}

/* Is the function NAME bound to OURS, its hidden alias? */
#define MA_OVERRIDE_IS_OURS(name, ours) \
	MA_LIKELY(ma_override_is_same((uintptr_t)(name), (uintptr_t)(ours)))

#endif /* MA_OVERRIDE_H */
