/* SPDX-License-Identifier: MIT */
/*
 * diag.c - text without stdio.
 */
#include "base.h"

#include <errno.h>

#include "count.h"
#include "diag.h"
#include "os.h"

/* A line on standard error; longer ones are cut. */
#define LINE_SIZE 512

static void
add_char(struct ma_text *text, char c)
{
	if (text->used < text->room)
		text->start[text->used++] = c;
}

static void
add_string(struct ma_text *text, const char *s)
{
	for (s = s != NULL ? s : "(null)"; *s != '\0'; s++)
		add_char(text, *s);
}

static void
add_number(struct ma_text *text, uintmax_t n, unsigned base)
{
	char digits[24];
	unsigned i = 0;

	do {
		digits[i++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n != 0);
	while (i > 0)
		add_char(text, digits[--i]);
}

static void
add_signed(struct ma_text *text, int n)
{
	if (n < 0)
		add_char(text, '-');
	add_number(text, n < 0 ? 0u - (unsigned)n : (unsigned)n, 10);
}

static void
add_pointer(struct ma_text *text, const void *p)
{
	add_string(text, "0x");
	add_number(text, (uintptr_t)p, 16);
}

void
ma_text_add_list(struct ma_text *text, const char *f, va_list args)
{
	for (; *f != '\0'; f++) {
		if (*f != '%') {
			add_char(text, *f);
			continue;
		}
		switch (*++f) {
		case 's':
			add_string(text, va_arg(args, const char *));
			break;
		case 'c':
			add_char(text, (char)va_arg(args, int));
			break;
		case 'd':
			add_signed(text, va_arg(args, int));
			break;
		case 'u':
			add_number(text, va_arg(args, unsigned), 10);
			break;
		case 'z':
			f++;
			add_number(text, va_arg(args, size_t), 10);
			break;
		case 'p':
			add_pointer(text, va_arg(args, const void *));
			break;
		default:
			add_char(text, *f);
		}
	}
}

void
ma_text_add(struct ma_text *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	ma_text_add_list(text, format, args);
	va_end(args);
}

void
ma_diag_line(const char *format, ...)
{
	int saved = errno;
	char line[LINE_SIZE];
	/* Room is kept for the newline of a line that was cut. */
	struct ma_text text = ma_text_over(line, sizeof(line) - 1);
	va_list args;

	ma_text_add(&text, "%s: ", ma_os_program());
	va_start(args, format);
	ma_text_add_list(&text, format, args);
	va_end(args);
	line[text.used++] = '\n';
	ma_os_write(2, line, text.used);
	errno = saved;
}

#if MA_DEBUG
size_t ma_counts[MA_COUNTS];

void
ma_assert_failed(const char *file, int line, const char *what)
{
	ma_diag_line("memalloc: %s:%d: assertion failed: %s", file, line,
	             what);
	ma_os_abort();
}
#endif
