/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100), *q = take(100000), *r = take(40 << 20);

	drop(NULL);
	drop(q);
	drop(p);
	drop(r);
	free_sized(take(100), 100);
	free_aligned_sized(opaque(aligned_alloc(64, 100)), 64, 100);
	memalloc_freezero(take(100), 100);
	churn(200, 100);
	return memalloc_check();
}
