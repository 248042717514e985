/* SPDX-License-Identifier: MIT */
/*
 * A freed block is made to link to a live one: two owners of one block.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *live = take(size);
	uintptr_t *p = opaque(take(size));

	drop(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)live;
	nothing_won(size, live, size);
	return 0;
}
