/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* A program's first blocks lie apart from the later ones. */
	void *a = take(16);
	void *b = take(16);

	drop(a);
	drop(b);
	memset(opaque(b), 0x41, 16);
	malloc_trim(0);
	return 0;
}
