/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)(uintptr_t)"a constant");
	return 0;
}
