/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets share.
 */
#ifndef TEST_FUZZ_H
#define TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One input.  libFuzzer, AFL++ and replay.c call it by this name. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A finding unless CONDITION holds: by abort, which both engines notice. */
#define EXPECT(condition)                                              \
	((condition) ? (void)0                                         \
	             : fuzz_found(__FILE__, __LINE__, #condition))

__attribute__((noreturn, cold, unused)) static void
fuzz_found(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: found: not %s\n", file, line, condition);
	abort();
}

#endif /* TEST_FUZZ_H */
