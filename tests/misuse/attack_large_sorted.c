/* SPDX-License-Identifier: MIT */
/*
 * Large bin attack: the links of a freed block say that its neighbours in a
 * row sorted by size are the target, then a larger one is freed.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	static uintptr_t target[16];
	size_t size = ARG(1);
	uintptr_t *small, *larger;

	/* Past the blocks that a program gets first, which lie apart. */
	for (int i = 0; i < 20; i++) {
		take(size);
		take(size + size / 16);
	}
	small = opaque(take(size));
	take(size);
	larger = opaque(take(size + size / 16));
	take(size);
	drop(small);
	/* It goes to where free blocks are sorted. */
	take(2 * size);
	small[0] = small[1] = (uintptr_t)&target[4];
	small[2] = small[3] = (uintptr_t)&target[4];
	drop(larger);
	take(2 * size);
	for (int i = 0; i < 16; i++) {
		if (target[i] != 0) {
			_exit(HAD_EFFECT);
		}
	}
	nothing_won(size, target, sizeof(target));
	return 0;
}
