/* SPDX-License-Identifier: MIT */
/*
 * Two bytes of a link are changed.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = take(size), *q = take(size);

	drop(q);
	drop(p);
	*(uint16_t *)opaque(p) ^= 0xfff0;
	nothing_won(size, NULL, 0);
	return 0;
}
