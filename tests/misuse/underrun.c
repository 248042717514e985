/* SPDX-License-Identifier: MIT */
#include "attack.h"

static char *blocks[1000];

int
main(int argc, char **argv)
{
	/* One byte in front of a block, where the one nearest to it ends. */
	size_t size = ARG(1), least = SIZE_MAX;
	int nearest = 1;

	take_many(blocks, 1000, size);
	qsort(blocks, 1000, sizeof(blocks[0]), compare_addresses);
	for (int i = 1; i < 1000; i++) {
		size_t distance = (size_t)(blocks[i] - blocks[i - 1]);

		if (distance < least) {
			least = distance;
			nearest = i;
		}
	}
	blocks[nearest][-1] ^= 0x55;
	drop_many(blocks, 1000);
	return 0;
}
