/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* By then the block is not in a bin any more. */
	size_t size = ARG(1);
	char *p = take(size), *q = take(size);

	drop(p);
	malloc_trim(0);
	drop(p);
	drop(q);
	return 0;
}
