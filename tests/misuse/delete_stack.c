/* SPDX-License-Identifier: MIT */
#include "misuse.h"

void _ZdlPv(void *p);

int
main(void)
{
	char block[64];

	_ZdlPv(opaque(block));
	return 0;
}
