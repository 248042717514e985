/* SPDX-License-Identifier: MIT */
/*
 * diag.h - text without stdio: lines put together on the stack and written
 * by write(2), usable in any state of the heap and in signal handlers.
 */
#ifndef MA_DIAG_H
#define MA_DIAG_H

#include "base.h"

#include <stdarg.h>

/* Text that is being put together; what does not fit is cut off. */
struct ma_text {
	char *start;		/* const */
	size_t room;		/* const; bytes at start */
	size_t used;
};

MA_INLINE struct ma_text
ma_text_over(char *start, size_t room)
{
	return (struct ma_text) { .start = start, .room = room, .used = 0 };
}

/*
 * Append by a format of %s (string), %c (int), %d (int), %u (unsigned), %zu
 * (size_t), %p (pointer, as 0x...) and %%; nothing else.
 */
MA_HIDDEN void MA_PRINTF(2, 3)
ma_text_add(struct ma_text *text, const char *format, ...);

/* The same with a list of arguments. */
MA_HIDDEN void
ma_text_add_list(struct ma_text *text, const char *format, va_list args);

/* One line "PROGRAM: ..." on standard error; the newline is added. */
MA_HIDDEN MA_COLD void MA_PRINTF(1, 2)
ma_diag_line(const char *format, ...);

#endif /* MA_DIAG_H */
