/* SPDX-License-Identifier: MIT */
/*
 * The mark of P with its link to Q is the mark of Q with a link to P: so
 * who can read P can make a circle.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = take(size), *q = take(size);
	struct image image;

	drop(q);
	drop(p);
	image = image_of(p);
	if (image.link != (uintptr_t)q) {
		return SKIPPED;
	}
	image.link = (uintptr_t)p;
	restore(q, image);
	nothing_won(size, NULL, 0);
	return 0;
}
