/* SPDX-License-Identifier: MIT */
/*
 * A freed block is made to link into a larger live one: overlapping
 * blocks.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *live = take(3 * size);
	uintptr_t *p = opaque(take(size));

	drop(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)live + 32;
	nothing_won(size, live, 3 * size);
	return 0;
}
