/* SPDX-License-Identifier: MIT */
/*
 * The same, and the second free is another thread's.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	((uintptr_t *)opaque(p))[1] = 0;
	drop_in_thread(p);
	nothing_won(size, NULL, 0);
	return 0;
}
