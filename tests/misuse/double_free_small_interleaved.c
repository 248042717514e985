/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100), *q = take(100);

	drop(p);
	drop(q);
	drop(p);
	return 0;
}
