/* SPDX-License-Identifier: MIT */
/*
 * A batch of blocks on the way home, with forged links in every other one.
 */
#include "attack.h"

static char *blocks[20];

static void *
drop_all(void *arg)
{
	drop_many(blocks, 20);
	return arg;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };

	for (int i = 0; i < 20; i++) {
		blocks[i] = take(size);
	}
	in_thread(drop_all, NULL);
	for (int i = 0; i < 20; i += 2) {
		struct image image = image_of(blocks[i]);

		image.link = (uintptr_t)fake;
		restore(blocks[i], image);
	}
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
