/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)(uintptr_t)0xffffffff81000000);
	return 0;
}
