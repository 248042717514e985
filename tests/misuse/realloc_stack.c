/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char block[64];

	opaque(realloc(opaque(block), 200));
	return 0;
}
