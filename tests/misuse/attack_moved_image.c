/* SPDX-License-Identifier: MIT */
/*
 * The whole image of another free block.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = take(size), *q = take(size);

	drop(q);
	drop(p);
	restore(p, image_of(q));
	nothing_won(size, NULL, 0);
	return 0;
}
