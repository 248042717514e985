/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_aligned_sized(opaque(aligned_alloc(64, 100)), 64, 5000);
	return 0;
}
