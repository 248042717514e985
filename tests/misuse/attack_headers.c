/* SPDX-License-Identifier: MIT */
/*
 * House of einherjar, poisoned NUL byte, chunk overlap: what would be the
 * header of the next block is forged within one's own.  Nobody reads it.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t *p = opaque(take(size)), *q = opaque(take(size));
	uintptr_t *r = opaque(take(size));
	size_t usable = malloc_usable_size(p), last = usable / 8 - 1;

	/* Size, flags and the size before, where headers lie elsewhere. */
	p[last] = q[last] = 8 * usable + 1;
	p[last - 1] = q[last - 1] = usable;
	drop(q);
	nothing_won(size, p, usable);
	nothing_won(8 * size, r, usable);
	return 0;
}
