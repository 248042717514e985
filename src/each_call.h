/* SPDX-License-Identifier: MIT */
/*
 * each_call.h - what options ask of every call: counting, filling, checking.
 *
 * Under such an option no thread has a heap that it hits (thread.h), so that
 * each call comes out of line and the hit paths need no test for it.
 */
#ifndef MA_EACH_CALL_H
#define MA_EACH_CALL_H

#include "base.h"
#include "heap.h"
#include "option.h"

/*
 * A block of NBYTES at P was allocated by FUNCTION; it must stay zero if
 * ZEROED.
 */
MA_HIDDEN MA_COLD void
ma_each_alloc(void *p, size_t nbytes, bool zeroed, const char *function);

/* The block of NBYTES at P is about to be freed. */
MA_HIDDEN MA_COLD void
ma_each_free(void *p, size_t nbytes);

#endif /* MA_EACH_CALL_H */
