/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop((void *)(uintptr_t)main);
	return 0;
}
