/* SPDX-License-Identifier: MIT */
/*
 * A block that is in its bin twice links to itself: to return it to its
 * span must end, too.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	static char *blocks[20000];
	size_t count = size > 4096 ? 1000 : 20000;
	char *p;

	take_many(blocks, count, size);
	drop_many(blocks, count / 2);
	p = blocks[count - 1];
	drop(p);
	((uintptr_t *)opaque(p))[1] = 0;
	drop(p);
	malloc_trim(0);
	nothing_won(size, NULL, 0);
	return 0;
}
