/* SPDX-License-Identifier: MIT */
/*
 * error.h - failures: the code of each thread, and the end of the process.
 *
 * Three failures, three ways: misuse and corruption end here in ma_error_die;
 * a bug of memalloc's own in ma_assert (debug builds); a refusal of the
 * system in a result, and at the entry points in ma_error_set.
 */
#ifndef MA_ERROR_H
#define MA_ERROR_H

#include "base.h"

#include <memalloc.h>

/* The calling thread's last error becomes CODE; errno stays. */
MA_HIDDEN void
ma_error_set(enum memalloc_error code);

/*
 * Misuse or corruption found by the public function FUNCTION at POINTER:
 * print "PROGRAM: FUNCTION(): POINTER ..." with the rest by FORMAT (that of
 * diag.h), call the handler, abort.
 */
MA_HIDDEN MA_COLD _Noreturn void MA_PRINTF(4, 5)
ma_error_die(enum memalloc_error code, const char *function,
             const void *pointer, const char *format, ...);

/*
 * A foreign POINTER, which lies at PLACE and which the option misuse:ignore
 * lets pass: the same line, for the first few of a process, and the code.  No
 * handler is called.
 */
MA_HIDDEN MA_COLD void
ma_error_ignore(enum memalloc_error code, const char *function,
                const void *pointer, const char *place);

/* NULL, with errno ENOMEM and the last error CODE. */
MA_HIDDEN MA_COLD void *
ma_error_no_memory(enum memalloc_error code);

/* NULL, with errno EINVAL and the last error CODE. */
MA_HIDDEN MA_COLD void *
ma_error_invalid(enum memalloc_error code);

#endif /* MA_ERROR_H */
