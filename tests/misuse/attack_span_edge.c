/* SPDX-License-Identifier: MIT */
/*
 * A place behind the last block of a span, on its grid, but with too
 * little room: a block there would overlap the next span.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	static char *blocks[5000];
	size_t size = ARG(1), usable;
	char *tail = NULL;

	/* Where a span ends short of a block, and the next one begins. */
	take_many(blocks, 5000, size);
	usable = malloc_usable_size(blocks[0]);
	qsort(blocks, 5000, sizeof(blocks[0]), compare_addresses);
	for (int i = 0; i < 4999; i++) {
		size_t gap = (size_t)(blocks[i + 1] - blocks[i]) - usable;

		if ((uintptr_t)blocks[i + 1] % 16384 == 0 && gap > 0 &&
		    gap < usable) {
			tail = blocks[i] + usable;
		}
	}
	if (tail == NULL) {
		return SKIPPED;
	}
	drop(tail);
	nothing_won(size, tail, usable);
	return 0;
}
