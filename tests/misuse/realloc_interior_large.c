/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	opaque(realloc(opaque(take(100000) + 65536), 200));
	return 0;
}
