/* SPDX-License-Identifier: MIT */
/*
 * The same with the first blocks of a program, which lie apart.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	((uintptr_t *)opaque(p))[1] = 0;
	drop(p);
	malloc_trim(0);
	nothing_won(size, NULL, 0);
	return 0;
}
