/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	memalloc_freezero(opaque(p), 100);
	return 0;
}
