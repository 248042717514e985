/* SPDX-License-Identifier: MIT */
/*
 * A block made up within a live one.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t *p = opaque(take(4 * size));

	p[3] = size + 16 + 1;
	p[4] = 0;
	drop(&p[4]);
	nothing_won(size, p, 4 * size);
	return 0;
}
