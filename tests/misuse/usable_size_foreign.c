/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char block[64];

	return malloc_usable_size(opaque(block)) != 0;
}
