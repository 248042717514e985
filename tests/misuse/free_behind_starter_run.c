/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* A first block of its class: of a run of 10 in 512 bytes. */
	uintptr_t run = (uintptr_t)take(48) & ~(uintptr_t)511;

	drop((void *)(run + 480));
	return 0;
}
