/* SPDX-License-Identifier: MIT */
/*
 * Who can read a free block and write to it knows the secret of the
 * default build, and can forge both words.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	static struct image fake[32];
	void *p = take(size);
	struct image image;
	uintptr_t secret;

	drop(p);
	image = image_of(p);
	secret = image.mark ^ image.link ^ (uintptr_t)p;
	fake[0].mark = secret ^ (uintptr_t)&fake[0];
	image.link = (uintptr_t)&fake[0];
	image.mark = secret ^ (uintptr_t)p ^ image.link;
	restore(p, image);
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
