/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = opaque(calloc(10, 10));

	drop(p);
	drop(p);
	return 0;
}
