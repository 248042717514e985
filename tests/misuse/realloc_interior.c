/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	opaque(realloc(opaque(take(100) + 16), 200));
	return 0;
}
