/* SPDX-License-Identifier: MIT */
/*
 * footprint.h - the memory that a process takes, for tests in which it must
 * not grow.
 */
#ifndef TEST_FOOTPRINT_H
#define TEST_FOOTPRINT_H

#include "program.h"
#include "under_test.h"

struct footprint {
	size_t resident_kib;
	size_t heap; /* Bytes; 0 where the allocator does not tell. */
};

__attribute__((unused)) static struct footprint
footprint_now(void)
{
	struct footprint now = { resident_kib(), t_heap_bytes() };

	return now;
}

/*
 * Since BEFORE resident memory grew by less than KIB_MORE, except in a
 * sanitizer build and an emulator, and the heap by no more than BYTES_MORE.
 */
__attribute__((unused)) static void
footprint_expect(struct footprint before, size_t kib_more, size_t bytes_more)
{
	/* Before anything is printed: stdio allocates. */
	struct footprint now = footprint_now();

	printf("resident %zu then %zu KiB\n", before.resident_kib,
	       now.resident_kib);
	CHECK(SANITIZED || is_emulated() ||
	      now.resident_kib < before.resident_kib + kib_more,
	      "resident memory grew from %zu to %zu KiB",
	      before.resident_kib, now.resident_kib);
	CHECK(now.heap <= before.heap + bytes_more,
	      "the heap grew from %zu to %zu", before.heap, now.heap);
}

#endif /* TEST_FOOTPRINT_H */
