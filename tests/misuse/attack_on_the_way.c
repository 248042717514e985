/* SPDX-License-Identifier: MIT */
/*
 * The link of a block that another thread has freed, before its owner has
 * it.
 */
#include "attack.h"

static uintptr_t fake[32];

static void *
win_nothing(void *size)
{
	nothing_won(*(size_t *)size, fake, sizeof(fake));
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t *p = opaque(take(size));

	drop_in_thread(p);
	*(uintptr_t *)opaque(p) = (uintptr_t)fake;
	win_nothing(&size);
	/* Who comes next gets what the thread has left. */
	in_thread(win_nothing, &size);
	return 0;
}
