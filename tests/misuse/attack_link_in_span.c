/* SPDX-License-Identifier: MIT */
/*
 * House of lore: the link of a block that waits, not in a bin any more, but
 * where bins are filled from.
 */
#include "attack.h"

static char *blocks[20000];

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	struct image image;

	take_many(blocks, 20000, size);
	/* Every other one, so that no span becomes empty. */
	for (int i = 0; i < 20000; i += 2) {
		drop(blocks[i]);
	}
	image = image_of(blocks[5000]);
	image.link = (uintptr_t)fake;
	restore(blocks[5000], image);
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
