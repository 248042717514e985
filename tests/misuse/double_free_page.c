/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(4096);

	drop(p);
	drop(p);
	return 0;
}
