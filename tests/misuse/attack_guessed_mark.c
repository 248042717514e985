/* SPDX-License-Identifier: MIT */
/*
 * Link and mark are forged with a guess of the secret.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	struct image image = { .link = (uintptr_t)fake };
	void *p = take(size);

	switch (ARG(2)) {
	case 0:
		image.mark = 0;
		break;
	case 1:
		image.mark = (uintptr_t)p ^ image.link;
		break;
	case 2:
		image.mark = UINTPTR_MAX ^ (uintptr_t)p ^ image.link;
		break;
	default:
		image.mark = image.link;
		break;
	}
	drop(p);
	restore(p, image);
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
