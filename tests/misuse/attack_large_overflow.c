/* SPDX-License-Identifier: MIT */
/*
 * What lies around the border of two large blocks is overwritten.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	static char *p, *q;
	size_t size = ARG(1);

	/* Both must be side by side, else nothing of this may be written. */
	p = take(size);
	q = take(size);
	if (q != p + malloc_usable_size(p)) {
		return SKIPPED;
	}
	smash(q - 64, 128);
	drop(p);
	drop(q);
	nothing_won(size, NULL, 0);
	return 0;
}
