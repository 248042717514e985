/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	cfree(p);
	cfree(opaque(p));
	return 0;
}
