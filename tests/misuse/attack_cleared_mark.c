/* SPDX-License-Identifier: MIT */
/*
 * What protects from a second free is overwritten between the two: the
 * block is in its bin twice, but is not handed out twice.
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
	nothing_won(size, NULL, 0);
	return 0;
}
