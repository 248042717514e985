/* SPDX-License-Identifier: MIT */
/*
 * util.h - what every test program shares.
 *
 * REQUIRE for checks inside loops: ck_assert writes a message to a pipe at
 * each pass, which a loop of a million checks cannot afford.  Patterns that
 * tell a lost or a moved byte.  A pointer that the compiler knows nothing
 * about.  The runner.
 */
#ifndef TEST_UTIL_H
#define TEST_UTIL_H

#include <check.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"
#include "random.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

#define ARRAY_LENGTH(a) (sizeof(a) / sizeof(a)[0])

/* If not CONDITION, end the test with it and the text by FORMAT. */
#define REQUIRE(condition, ...)                                         \
	do {                                                            \
		if (!(condition)) {                                     \
			require_failed(__FILE__, __LINE__, #condition,  \
			               __VA_ARGS__);                    \
		}                                                       \
	} while (0)

__attribute__((unused, noreturn, cold, format(printf, 4, 5))) static void
require_failed(const char *file, int line, const char *condition,
               const char *format, ...)
{
	char text[500];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	ck_abort_msg("%s:%d: %s: %s", file, line, condition, text);
	abort();
}

/* P, of which the compiler knows neither the origin nor the size. */
__attribute__((unused)) static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

/* SIZE, which the compiler cannot compute with. */
__attribute__((unused)) static size_t
opaque_size(size_t size)
{
	__asm__ volatile("" : "+r"(size));
	return size;
}

/* The pattern's byte at offset I: no period below 64 KiB, never zero. */
__attribute__((always_inline)) static inline unsigned char
pattern_byte(size_t i, unsigned seed)
{
	uint32_t x = ((uint32_t)i + seed * 2654435761u) * 2246822519u;

	x ^= x >> 15;
	return (unsigned char)((x >> 8) | 1);
}

/* ThreadSanitizer looks at every byte below, and finds nothing: a test that
   has filled a block reads and writes it alone. */
#define UNWATCHED __attribute__((unused, no_sanitize("thread")))

#ifdef __SANITIZE_THREAD__
#define THREAD_SANITIZED 1
#else
#define THREAD_SANITIZED 0
#endif

/* How much less work a test may do in its build: large blocks are slow. */
#define LESS_WORK (THREAD_SANITIZED ? 8 : 1)

/* Write the pattern of SEED over SIZE bytes. */
UNWATCHED static void
fill(void *p, size_t size, unsigned seed)
{
	unsigned char *byte = opaque(p);

	for (size_t i = 0; i < size; i++) {
		byte[i] = pattern_byte(i, seed);
	}
}

/* Does the pattern of SEED stand in all SIZE bytes? */
UNWATCHED static bool
holds(const void *p, size_t size, unsigned seed)
{
	const unsigned char *byte = opaque((void *)p);

	for (size_t i = 0; i < size; i++) {
		if (byte[i] != pattern_byte(i, seed)) {
			return false;
		}
	}
	return true;
}

/* Are all SIZE bytes VALUE? */
__attribute__((unused)) static bool
is_filled(const void *p, size_t size, unsigned char value)
{
	const unsigned char *byte = opaque((void *)p);

	return size == 0 ||
	       (byte[0] == value && memcmp(byte, byte + 1, size - 1) == 0);
}

__attribute__((unused)) static bool
is_aligned(const void *p, size_t alignment)
{
	return (uintptr_t)p % alignment == 0;
}

/*
 * A test case of the time limit SECONDS in a new suite, both called NAME.
 * check's own limit of 4 seconds is too short under valgrind.
 */
__attribute__((unused)) static TCase *
add_case(Suite *suite, const char *name, double seconds)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, seconds);
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* Run SUITE; the exit status for main. */
__attribute__((unused)) static int
run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif /* TEST_UTIL_H */
