/* SPDX-License-Identifier: MIT */
/*
 * machine.h - what tests have to know of the machine.
 *
 * Sizes and addresses in them are those of 64 bits where there are so many:
 * of 32 some half of all addresses may be had, and none is impossible.
 *
 * qemu-user runs those of a build for another machine ("make check
 * EMULATOR=...").  Resident memory is the emulator's too there, a child of a
 * process with threads can have none, and what starts a program has to start
 * the emulator.
 */
#ifndef TEST_MACHINE_H
#define TEST_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#define SIZE_BITS (sizeof(size_t) * 8)
#define IS_64_BIT (SIZE_BITS == 64)
#define HALF ((size_t)1 << SIZE_BITS / 2)
/* Of SIZE_MAX + 2, which is FACTOR * (SIZE_MAX / FACTOR + 1). */
#define FACTOR ((size_t)(IS_64_BIT ? 274177 : 641))
#define TOP_BIT ((size_t)1 << (SIZE_BITS - 1))
/* What overflowing text leaves in a word: no address. */
#define LETTERS (UINTPTR_MAX / 0xff * 'A')

__attribute__((unused)) static bool
is_emulated(void)
{
	const char *emulator = getenv("EMULATOR");

	return emulator != NULL && emulator[0] != '\0';
}

/*
 * For tests that tell which pages are resident: no page of this process is huge
 * from now on.  Some systems make all huge that fit, and what is beside a page
 * that was touched is there then.
 */
__attribute__((unused)) static void
refuse_huge_pages(void)
{
#ifdef PR_SET_THP_DISABLE
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
#endif
}

#endif /* TEST_MACHINE_H */
