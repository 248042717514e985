/* SPDX-License-Identifier: MIT */
/*
 * Unlink: a free large block gets links for when it is joined with its
 * neighbours.  Spans are linked out of line.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	/* Forward and backward links that would write to a chosen place. */
	static uintptr_t target[8];
	size_t size = ARG(1);
	uintptr_t *p = opaque(take(size)), *q = opaque(take(size));
	uintptr_t *r = opaque(take(size));

	drop(q);
	q = opaque(q);
	q[0] = (uintptr_t)&target[0];
	q[1] = (uintptr_t)&target[1];
	q[2] = (uintptr_t)&target[2];
	q[3] = (uintptr_t)&target[3];
	drop(p);
	drop(r);
	for (int i = 0; i < 8; i++) {
		if (target[i] != 0) {
			_exit(HAD_EFFECT);
		}
	}
	nothing_won(size, target, sizeof(target));
	return 0;
}
