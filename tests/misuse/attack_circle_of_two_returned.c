/* SPDX-License-Identifier: MIT */
/*
 * The same with a circle of two.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	static char *blocks[20000];
	size_t count = size > 4096 ? 1000 : 20000;
	char *p, *q;

	take_many(blocks, count, size);
	p = blocks[count - 1];
	q = blocks[count - 2];
	drop(p);
	drop(q);
	((uintptr_t *)opaque(p))[1] = 0;
	drop(p);
	malloc_trim(0);
	nothing_won(size, NULL, 0);
	return 0;
}
