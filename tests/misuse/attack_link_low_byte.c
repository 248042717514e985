/* SPDX-License-Identifier: MIT */
/*
 * One byte of a link is changed, as much as needs no knowledge of
 * addresses.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = take(size), *q = take(size);

	drop(q);
	drop(p);
	/* A copy of one byte too many: it ends with NUL. */
	*(char *)opaque(p) ^= (char)0x40;
	nothing_won(size, NULL, 0);
	return 0;
}
