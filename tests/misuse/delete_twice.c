/* SPDX-License-Identifier: MIT */
#include "misuse.h"

void _ZdlPv(void *p);

int
main(void)
{
	char *p = take(100);

	_ZdlPv(opaque(p));
	_ZdlPv(opaque(p));
	return 0;
}
