/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <errno.h>

int
main(int argc, char **argv)
{
	/* It is told that the block was larger than it is, and refuses. */
	char *p = take(ARG(1)), *q;

	errno = 0;
	q = opaque(USE(memalloc_recallocarray)(p, ARG(2), ARG(3), 1));
	if (q != NULL || errno != EINVAL) {
		_exit(HAD_EFFECT);
	}
	drop(p);
	return 0;
}
