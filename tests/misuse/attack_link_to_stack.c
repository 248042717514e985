/* SPDX-License-Identifier: MIT */
/*
 * Free-list poisoning: a freed block is made to link to the stack.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	uintptr_t *p = opaque(take(size));

	drop(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)fake;
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
