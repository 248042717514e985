/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)(uintptr_t)0x4141414141414140);
	return 0;
}
