/* SPDX-License-Identifier: MIT */
/*
 * In the list in which a second free of Q is looked for, P links to
 * itself: the search must end.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size), *q = take(size);

	drop(q);
	drop(p);
	((uintptr_t *)opaque(p))[1] = 0;
	drop(p);
	drop(q);
	nothing_won(size, NULL, 0);
	return 0;
}
