/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = opaque(aligned_alloc(256, 100));

	drop(p);
	drop(p);
	return 0;
}
