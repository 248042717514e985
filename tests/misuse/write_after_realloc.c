/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* By a pointer from before the block was moved. */
	size_t size = ARG(1);
	char *p = take(size), *q = opaque(realloc(opaque(p), ARG(2)));

	if (p == q) {
		return SKIPPED;
	}
	smash(p, 16);
	use_up(size);
	return 0;
}
