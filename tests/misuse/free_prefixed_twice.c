/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	void *p = opaque(memalloc_malloc(100));

	memalloc_free(opaque(p));
	memalloc_free(opaque(p));
	return 0;
}
