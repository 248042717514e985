/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	opaque(memalloc_recallocarray(opaque(p), 1, 2, 50));
	return 0;
}
