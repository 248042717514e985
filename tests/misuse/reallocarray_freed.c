/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	opaque(reallocarray(opaque(p), 10, 20));
	return 0;
}
