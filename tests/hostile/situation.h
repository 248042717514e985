/* SPDX-License-Identifier: MIT */
/*
 * situation.h - what the programs of hostile.tsv share.
 *
 * They are not linked with memalloc: run-hostile.sh preloads it, or another
 * allocator.  A program exits with 0 if all went as it must, with 1 after a
 * line on stderr that says what did not, with 77 after one that says why the
 * situation cannot be had here.
 */
#ifndef SITUATION_H
#define SITUATION_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* Refusals are in order while this is set. */
static bool may_refuse;

/* --- Verdicts ----------------------------------------------------------- */

/* By no call that could allocate. */
static void
say(const char *format, va_list args)
{
	char line[256];
	int n = vsnprintf(line, sizeof(line) - 1, format, args);

	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (write(2, line, (size_t)n) < 0)
		_exit(99);
}

__attribute__((format(printf, 1, 2), noreturn, unused)) static void
fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	_exit(1);
}

__attribute__((format(printf, 1, 2), noreturn, unused)) static void
skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	_exit(77);
}

/* --- Work --------------------------------------------------------------- */

struct piece {
	unsigned char *p;
	size_t n;
	unsigned char byte;
};

#define PIECES 64

static uint32_t
next_number(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* One size of 64 has so many bits. */
static unsigned most_bits = 18;

/* Mostly small. */
static size_t
some_size(uint32_t *state)
{
	uint32_t x = next_number(state);
	unsigned bits = x % 64 == 0 ? most_bits : 4 + x % 8;

	return 1 + (next_number(state) & ((1u << bits) - 1));
}

/* A request for N bytes ended with P. */
static void
refused_rightly(const void *p, size_t n)
{
	if (p != NULL)
		return;
	if (!may_refuse)
		fail("%zu bytes were refused: %s", n, strerror(errno));
	if (errno != ENOMEM)
		fail("%zu bytes were refused without ENOMEM", n);
}

static void
piece_make(struct piece *piece, uint32_t *state)
{
	size_t n = some_size(state);
	uint32_t way = next_number(state) % 8;
	/* As C has it: what is smaller than 16 bytes needs no more than 8. */
	size_t alignment = way == 1 ? (size_t)32 << n % 6 : n < 16 ? 8 : 16;
	void *p = NULL;

	errno = 0;
	if (way == 0)
		p = calloc(1, n);
	else if (way == 1)
		errno = posix_memalign(&p, alignment, n);
	else
		p = malloc(n);
	refused_rightly(p, n);
	if (p != NULL && way == 0)
		for (size_t i = 0; i < n; i++)
			if (((unsigned char *)p)[i] != 0)
				fail("calloc gave a byte that is not 0");
	if ((uintptr_t)p % alignment != 0)
		fail("%p is not aligned", p);
	piece->p = p;
	piece->n = n;
	piece->byte = (unsigned char)next_number(state);
	if (p != NULL)
		memset(p, piece->byte, n);
}

static void
piece_check(const struct piece *piece)
{
	for (size_t i = 0; i < piece->n; i += 1 + piece->n / 64)
		if (piece->p[i] != piece->byte)
			fail("%p has lost what was in it",
			     (const void *)piece->p);
	if (piece->p[piece->n - 1] != piece->byte)
		fail("%p has lost its end", (const void *)piece->p);
}

static void
piece_resize(struct piece *piece, uint32_t *state)
{
	size_t n = some_size(state);
	void *p = realloc(piece->p, n);

	refused_rightly(p, n);
	if (p == NULL)
		return;
	piece->p = p;
	if (n < piece->n)
		piece->n = n;
	piece_check(piece);
	piece->n = n;
	memset(p, piece->byte, n);
}

/* Allocates, resizes and frees, and looks after what it has. */
__attribute__((unused)) static void
work(uint32_t seed, unsigned steps)
{
	struct piece pieces[PIECES] = { { .p = NULL } };
	uint32_t state = seed * 2654435761u + 1;

	while (steps-- > 0) {
		struct piece *piece = &pieces[next_number(&state) % PIECES];

		if (piece->p == NULL) {
			piece_make(piece, &state);
			continue;
		}
		piece_check(piece);
		if (next_number(&state) % 4 == 0) {
			piece_resize(piece, &state);
		} else {
			free(piece->p);
			piece->p = NULL;
		}
	}
	for (unsigned i = 0; i < PIECES; i++) {
		if (pieces[i].p != NULL)
			piece_check(&pieces[i]);
		free(pieces[i].p);
	}
}

/* --- What the system says ----------------------------------------------- */

/* The number behind FIELD in /proc/self/status, in KiB; 0 if not known. */
__attribute__((unused)) static size_t
status_kib(const char *field)
{
	char text[4096];
	const char *at;
	ssize_t n;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	at = strstr(text, field);
	return at == NULL ? 0 : (size_t)strtoul(at + strlen(field) + 1, NULL,
	                                        10);
}

/* --- Situations --------------------------------------------------------- */

struct situation {
	const char *name;
	void (*run)(char **args);	/* what follows upon the name */
};

/* The one that argv[1] names. */
__attribute__((unused)) static int
situation_run(const struct situation *list, char **argv)
{
	for (; argv[1] != NULL && list->name != NULL; list++) {
		if (strcmp(list->name, argv[1]) == 0) {
			list->run(argv + 2);
			return 0;
		}
	}
	return 99;
}

#endif /* SITUATION_H */
