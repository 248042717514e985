/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)((uintptr_t)take(100) + ((uintptr_t)1 << 40)));
	return 0;
}
