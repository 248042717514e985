/* SPDX-License-Identifier: MIT */
/*
 * House of force: the size of the rest of the heap is forged, a huge block
 * asked for.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	/* The newest block becomes 0xff, as far as it is ours. */
	size_t size = ARG(1);
	char *p = take(size), *q;

	memset(opaque(p), 0xff, malloc_usable_size(p));
	q = opaque(malloc(PTRDIFF_MAX - 65536));
	if (q != NULL) {
		_exit(HAD_EFFECT);
	}
	nothing_won(size, p, size);
	return 0;
}
