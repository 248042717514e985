/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* The list that is searched for A is broken by B. */
	void *a = take(16);
	void *b = take(16);

	drop(a);
	drop(b);
	memset(opaque(b), 0x41, 16);
	drop(a);
	return 0;
}
