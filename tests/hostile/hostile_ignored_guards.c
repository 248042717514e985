/* SPDX-License-Identifier: MIT */
/*
 * hostile_ignored_guards.c - marks are said to be there, and are not.
 *
 * Emulators take advice that they do not know, and do nothing.  So guards are
 * protected pages there, and what was one is zero as elsewhere.
 */
#include "base.h"

#include "block.h"
#include "fault_os.h"

#define SLICE (16 * KIB)

/* Before the first use, which may be a constructor's. */
__attribute__((constructor(101))) static void
ignore_marks(void)
{
	fault_os_ignore_marks();
}

/* Can the byte at ADDRESS be read?  The system tells, instead of a signal. */
static bool
can_be_read(uintptr_t address)
{
	int ends[2];
	bool can;

	CHECK(pipe(ends) == 0);
	can = write(ends[1], (const void *)address, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return can;
}

/* Blocks of SIZE come zeroed, with a guard on their last page, and go. */
static void
blocks_have_guards(size_t size)
{
	size_t room = (size + 64 + SLICE) / SLICE * SLICE;
	char *p[20];

	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		p[i] = t_calloc(1, size);
		CHECK(p[i][0] == 0 && memcmp(p[i], p[i] + 1, size - 1) == 0,
		      "block %zu of %zu", i, size);
		/* Where pages are longer than slices, there are none. */
		CHECK(!MA_HARDENED || (size_t)sysconf(_SC_PAGESIZE) > SLICE ||
		      !can_be_read((uintptr_t)p[i] + room - 1),
		      "block %zu of %zu", i, size);
		memset(p[i], 1, size);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		t_free(p[i]);
	}
	CHECK(t_check() == 0);
}

int
main(void)
{
	for (int round = 0; round < 10; round++) {
		blocks_have_guards(7 * SLICE - 5000);
		blocks_have_guards(20 * SLICE - 5000);
	}
	t_trim(0);
	CHECK(t_check() == 0);
	return 0;
}
