/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(opaque(take(100) + 16), 100);
	return 0;
}
