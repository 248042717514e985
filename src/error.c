/* SPDX-License-Identifier: MIT */
/*
 * error.c - failures: the code of each thread, and the end of the process.
 */
#include "base.h"

#include <errno.h>
#include <stdarg.h>

#include "diag.h"
#include "error.h"
#include "os.h"

#define REASON_SIZE 256

static MA_THREAD_LOCAL int last_error;
static memalloc_error_handler *handler;

static const char *const texts[MEMALLOC_ERR_COUNT] = {
	[MEMALLOC_OK] = "no error",
	[MEMALLOC_ERR_NO_MEMORY] = "the system gave no memory",
	[MEMALLOC_ERR_SIZE] = "the size is too large",
	[MEMALLOC_ERR_ALIGNMENT] = "the alignment is not valid",
	[MEMALLOC_ERR_ARGUMENT] = "an argument is not valid",
	[MEMALLOC_ERR_POINTER] = "the pointer is not memalloc's",
	[MEMALLOC_ERR_INTERIOR] = "the pointer lies inside a block",
	[MEMALLOC_ERR_DOUBLE_FREE] = "the block is free already",
	[MEMALLOC_ERR_SIZE_MISMATCH] =
		"the size or alignment is not the block's",
	[MEMALLOC_ERR_CORRUPT] = "the heap is corrupt",
	[MEMALLOC_ERR_OPTION] = "an option was not understood",
	[MEMALLOC_ERR_OUTPUT] = "writing the output failed",
	[MEMALLOC_ERR_ZERO_REALLOC] = "realloc to size 0 is forbidden",
	[MEMALLOC_ERR_MISMATCH] =
		"the block was allocated by another family of functions",
};

void
ma_error_set(enum memalloc_error code)
{
	last_error = (int)code;
}

void *
ma_error_no_memory(enum memalloc_error code)
{
	ma_error_set(code);
	errno = ENOMEM;
	return NULL;
}

void *
ma_error_invalid(enum memalloc_error code)
{
	ma_error_set(code);
	errno = EINVAL;
	return NULL;
}

/* So many ignored pointers are told of. */
#define IGNORED_LINES 16

void
ma_error_ignore(enum memalloc_error code, const char *function,
                const void *pointer, const char *place)
{
	static uint32_t ignored;	/* atomic */
	uint32_t n = __atomic_load_n(&ignored, __ATOMIC_RELAXED);

	ma_error_set(code);
	if (n >= IGNORED_LINES ||
	    __atomic_fetch_add(&ignored, 1, __ATOMIC_RELAXED) >= IGNORED_LINES)
		return;
	ma_diag_line("%s(): %p is not memalloc's: %s; ignored%s", function,
	             pointer, place,
	             n + 1 == IGNORED_LINES ? ", as all further ones will be, "
	             "without a line" : "");
}

void
ma_error_die(enum memalloc_error code, const char *function,
             const void *pointer, const char *format, ...)
{
	char reason[REASON_SIZE];
	struct ma_text text = ma_text_over(reason, sizeof(reason) - 1);
	memalloc_error_handler *call =
		__atomic_load_n(&handler, __ATOMIC_ACQUIRE);
	va_list args;

	va_start(args, format);
	ma_text_add_list(&text, format, args);
	va_end(args);
	reason[text.used] = '\0';
	ma_error_set(code);
	ma_diag_line("%s(): %p %s", function, pointer, reason);
	if (call != NULL)
		call(code, function, pointer);
	ma_os_abort();
}

MA_EXPORT enum memalloc_error
memalloc_last_error(void)
{
	return (enum memalloc_error)last_error;
}

MA_EXPORT const char *
memalloc_strerror(enum memalloc_error code)
{
	return (unsigned)code < MEMALLOC_ERR_COUNT ? texts[code] :
		"unknown error";
}

MA_EXPORT memalloc_error_handler *
memalloc_set_error_handler(memalloc_error_handler *new_handler)
{
	return __atomic_exchange_n(&handler, new_handler, __ATOMIC_ACQ_REL);
}
