/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* Equal to a live block in the bits that a map might look at. */
	drop((void *)((uintptr_t)take(100) | (uintptr_t)1 << 60));
	return 0;
}
