/* SPDX-License-Identifier: MIT */
/*
 * The mark of another free block, as it was read, with a link of one's
 * own.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	void *p = take(size), *q = take(size);
	struct image image;

	drop(q);
	drop(p);
	image = image_of(q);
	image.link = (uintptr_t)fake;
	restore(p, image);
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
