/* SPDX-License-Identifier: MIT */
/*
 * The link as the C library's safe linking would store it.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	uintptr_t *p = opaque(take(size));

	drop(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)p >> 12 ^ (uintptr_t)fake;
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
