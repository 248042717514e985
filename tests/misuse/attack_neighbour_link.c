/* SPDX-License-Identifier: MIT */
/*
 * An overflow writes the link of the free block behind.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	static uintptr_t target[64];
	static char *blocks[1000];
	size_t usable;

	take_many(blocks, 1000, size);
	usable = malloc_usable_size(blocks[0]);
	for (int i = 0; i < 1000; i += 2) {
		drop(blocks[i]);
	}
	for (int i = 1; i < 1000; i += 2) {
		uintptr_t *behind = opaque(blocks[i] + usable);

		behind[0] = (uintptr_t)target;
	}
	nothing_won(size, target, sizeof(target));
	for (int i = 1; i < 1000; i += 2) {
		drop(blocks[i]);
	}
	return 0;
}
