/* SPDX-License-Identifier: MIT */
/*
 * House of muney: what would be the header of a huge block, in front of it,
 * says that it is twice as long; to free it must not unmap its neighbour.
 */
#include "attack.h"

#include <sys/mman.h>

static bool
is_mapped(const void *p)
{
	unsigned char resident;
	uintptr_t page = (uintptr_t)p & ~(uintptr_t)4095;

	return mincore((void *)page, 1, &resident) == 0;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t *blocks[3];

	for (int i = 0; i < 3; i++) {
		blocks[i] = opaque(take(size));
	}
	if (!is_mapped(&blocks[1][-2])) {
		return SKIPPED;
	}
	/* Its length, and that it is a mapping of its own. */
	blocks[1][-2] = 0;
	blocks[1][-1] = (2 * size + 8192) | 2;
	drop(blocks[1]);
	if (!is_mapped(blocks[0]) || !is_mapped(blocks[2]) ||
	    !is_mapped((char *)blocks[0] + size - 1)) {
		_exit(HAD_EFFECT);
	}
	nothing_won(size, blocks[0], size);
	return 0;
}
