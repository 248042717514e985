/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100000), *q = take(100000);

	drop(p);
	drop(q);
	drop(p);
	return 0;
}
