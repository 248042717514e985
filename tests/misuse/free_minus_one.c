/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)UINTPTR_MAX);
	return 0;
}
