/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(0);

	drop(p);
	drop(p);
	return 0;
}
