/* SPDX-License-Identifier: MIT */
/*
 * A free block gets back the link to one that is live by now.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *q = take(size), *p = take(size);
	struct image image;

	drop(q);
	drop(p);
	image = image_of(p);
	p = take(size);
	q = take(size);
	drop(p);
	restore(p, image);
	nothing_won(size, q, size);
	return 0;
}
