/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = opaque(aligned_alloc(64, 100));

	/* A multiple of 64, but no block at all is of this alignment. */
	free_aligned_sized(p, (size_t)1 << 45, 100);
	return 0;
}
