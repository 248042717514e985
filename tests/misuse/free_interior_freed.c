/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(1000);

	drop(p);
	drop(p + 32);
	return 0;
}
