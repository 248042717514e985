/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	drop(p);
	return 0;
}
