/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100), *q = opaque(realloc(opaque(p), 5000));

	drop(p);
	drop(q);
	return 0;
}
