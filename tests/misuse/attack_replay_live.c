/* SPDX-License-Identifier: MIT */
/*
 * A live block gets the image that it had when it was free, and is freed:
 * that is no error but the copy; it must not be refused.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = take(size);
	struct image image;

	drop(p);
	image = image_of(p);
	p = take(size);
	restore(p, image);
	drop(p);
	nothing_won(size, NULL, 0);
	return 0;
}
