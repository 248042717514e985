/* SPDX-License-Identifier: MIT */
/*
 * program.h - what the thread, stress and hostile test programs share.
 *
 * Plain programs, not `check` suites: they fork, run out of memory and start
 * thousands of threads, which a framework in the same process would disturb.
 * Exit status 0 passed, 1 failed, 77 skipped.  Nothing here allocates.
 *
 * Environment: SCALE multiplies the work (default 1; check-long sets more),
 * SEED replaces the seed.
 */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "random.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define ARRAY_LENGTH(a) (sizeof(a) / sizeof(a)[0])

#define EXIT_SKIPPED 77

/* Is this a sanitizer build?  Those are slow and keep memory back. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* ThreadSanitizer allows neither threads in a child that a threaded process
   forked, nor calls in a handler that are not async-signal-safe. */
#if defined(__SANITIZE_THREAD__)
#define THREAD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREAD_SANITIZED 1
#endif
#endif
#ifndef THREAD_SANITIZED
#define THREAD_SANITIZED 0
#endif

/* In a coverage build fork and exec come from gcov, which takes a lock and
   allocates there: not for handlers. */
#ifndef TEST_COVERAGE
#define TEST_COVERAGE 0
#endif

/*
 * End the process at once with status 1 and one line on standard error
 * unless CONDITION holds.  Without stdio: the heap may be broken, and this
 * may be a child or a signal handler.
 */
#define CHECK(condition, ...)                                             \
	do {                                                              \
		if (__builtin_expect(!(condition), 0)) {                  \
			check_failed(__FILE__, __LINE__, #condition,      \
			             " " __VA_ARGS__);                     \
		}                                                         \
	} while (0)

__attribute__((noreturn, unused, format(printf, 4, 5))) static void
check_failed(const char *file, int line, const char *condition,
             const char *format, ...)
{
	char text[600];
	int n = snprintf(text, sizeof(text), "%s:%d: failed: %s", file, line,
	                 condition);
	__builtin_va_list arguments;

	__builtin_va_start(arguments, format);
	n += vsnprintf(text + n, sizeof(text) - (size_t)n - 1, format,
	               arguments);
	__builtin_va_end(arguments);
	n = n < (int)sizeof(text) - 1 ? n : (int)sizeof(text) - 2;
	text[n++] = '\n';
	if (write(2, text, (size_t)n) < 0) {
		_exit(99);
	}
	_exit(1);
}

/* --- Numbers ------------------------------------------------------------ */

/* The number in the environment variable NAME, or OTHERWISE. */
__attribute__((unused)) static uint64_t
number_from(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text != NULL && *text != '\0' ? strtoull(text, NULL, 0)
	                                     : otherwise;
}

/* COUNT for an ordinary run: times SCALE, a tenth under a sanitizer. */
__attribute__((unused)) static size_t
scaled(size_t count)
{
	size_t n = count * number_from("SCALE", 1);

	return SANITIZED ? n / 10 + 1 : n;
}

/* A number below LIMIT. */
static inline size_t
random_below(uint64_t *state, size_t limit)
{
	return (size_t)(next_random(state) % limit);
}

/* A size between 1 and 2^BITS, small ones as likely per doubling as large. */
static inline size_t
random_size(uint64_t *state, unsigned bits)
{
	unsigned shift = (unsigned)random_below(state, bits);

	return 1 + random_below(state, (size_t)2 << shift);
}

/* --- Content ------------------------------------------------------------ */

/*
 * The pattern of KEY: word i is a function of KEY and i alone, so a byte that
 * is lost, moved or written by another block's owner is noticed.
 */
static inline uint64_t
pattern_word(uint64_t key, size_t i)
{
	return (key + i) * 0x9e3779b97f4a7c15u ^ (key >> 7);
}

/* Does the word at byte offset AT belong to those that are looked at?  Of
   large blocks only the first and the last 4 KiB, and a word a page. */
static inline size_t
pattern_next(size_t at, size_t size)
{
	return size <= 64 * KIB || at < 4 * KIB || at + 4 * KIB + 8 >= size
	               ? at + 8
	               : (at + 4 * KIB < size - 4 * KIB
	                          ? at + 4 * KIB
	                          : (size - 4 * KIB) & ~(size_t)7);
}

/* Write the pattern of KEY over the SIZE bytes at P. */
__attribute__((unused)) static void
pattern_fill(void *p, size_t size, uint64_t key)
{
	unsigned char *byte = p;
	size_t at = 0;

	for (; at + 8 <= size; at = pattern_next(at, size)) {
		uint64_t word = pattern_word(key, at / 8);

		memcpy(byte + at, &word, 8);
	}
	for (at = size & ~(size_t)7; at < size; at++) {
		byte[at] = (unsigned char)(key + at);
	}
}

/*
 * Does the pattern of KEY, written over FILLED bytes, stand in the first SIZE
 * of them?
 */
__attribute__((unused)) static bool
pattern_holds_of(const void *p, size_t filled, size_t size, uint64_t key)
{
	const unsigned char *byte = p;
	size_t at = 0;

	for (; at + 8 <= filled && at + 8 <= size;
	     at = pattern_next(at, filled)) {
		uint64_t word;

		memcpy(&word, byte + at, 8);
		if (word != pattern_word(key, at / 8)) {
			return false;
		}
	}
	for (at = filled & ~(size_t)7; at < filled && at < size; at++) {
		if (byte[at] != (unsigned char)(key + at)) {
			return false;
		}
	}
	return true;
}

__attribute__((unused)) static bool
pattern_holds(const void *p, size_t size, uint64_t key)
{
	return pattern_holds_of(p, size, size, key);
}

/* --- The process -------------------------------------------------------- */

/* The value in KiB of the line KEY ("VmRSS:") of /proc/self/status. */
__attribute__((unused)) static size_t
status_kib(const char *key)
{
	char text[4096];
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t got = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;
	const char *line;

	if (fd >= 0) {
		close(fd);
	}
	if (got <= 0) {
		return 0;
	}
	text[got] = '\0';
	line = strstr(text, key);
	return line != NULL ? strtoul(line + strlen(key), NULL, 10) : 0;
}

/* Resident memory in KiB. */
__attribute__((unused)) static size_t
resident_kib(void)
{
	return status_kib("VmRSS:");
}

__attribute__((unused)) static double
seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- Threads ------------------------------------------------------------ */

__attribute__((unused)) static pthread_t
thread_start(void *(*run)(void *), void *argument)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, argument);

	CHECK(error == 0, "pthread_create: %s", strerror(error));
	return thread;
}

__attribute__((unused)) static void
thread_join(pthread_t thread)
{
	int error = pthread_join(thread, NULL);

	CHECK(error == 0, "pthread_join: %s", strerror(error));
}

/* RUN in COUNT threads at once, each with its number from 0; wait for them. */
__attribute__((unused)) static void
threads_run(void *(*run)(void *), size_t count)
{
	pthread_t threads[16];

	CHECK(count <= ARRAY_LENGTH(threads));
	for (size_t t = 0; t < count; t++) {
		threads[t] = thread_start(run, (void *)t);
	}
	for (size_t t = 0; t < count; t++) {
		thread_join(threads[t]);
	}
}

#endif /* TEST_PROGRAM_H */
