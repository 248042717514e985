/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	opaque(realloc(take(100), (uintptr_t)opaque(NULL)));
	return 0;
}
