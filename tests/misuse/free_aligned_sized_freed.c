/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = opaque(aligned_alloc(64, 100));

	drop(p);
	free_aligned_sized(opaque(p), 64, 100);
	return 0;
}
