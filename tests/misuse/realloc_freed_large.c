/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100000);

	drop(p);
	opaque(realloc(opaque(p), 200));
	return 0;
}
