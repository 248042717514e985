/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* What a block held before it was freed is taken for its own. */
	size_t size = ARG(1);
	void **p = opaque(take(size)), *q = take(200);

	p[4] = q;
	drop(q);
	drop(p);
	/* The same place, or the same size elsewhere. */
	for (int i = 0; i < 100; i++) {
		p = opaque(take(size));
		drop(p[4]);
	}
	return 0;
}
