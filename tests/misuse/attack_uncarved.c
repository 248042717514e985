/* SPDX-License-Identifier: MIT */
/*
 * The place of a block that was never handed out is freed, handed out, and
 * will be again when its turn comes.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1), usable;
	char *p;

	/* Past the blocks that a program gets first, which lie apart. */
	for (int i = 0; i < 100; i++) {
		take(size);
	}
	/* The first block of a span; then one near the end of its slice. */
	do {
		p = take(size);
	} while ((uintptr_t)p % 16384 != 0);
	usable = malloc_usable_size(p);
	drop(p + (16384 / usable - 2) * usable);
	nothing_won(size, NULL, 0);
	return 0;
}
