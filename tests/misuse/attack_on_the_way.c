/* SPDX-License-Identifier: MIT */
/*
 * The link of a block that another thread has freed, before its owner has
 * it.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[32] = { 0 };
	uintptr_t *p = opaque(take(size));

	drop_in_thread(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)fake;
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
