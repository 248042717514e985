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
	USE(free_sized)(take(100), 100);
	USE(free_aligned_sized)(opaque(aligned_alloc(64, 100)), 64, 100);
	USE(memalloc_freezero)(take(100), 100);
	churn(200, 100);
	return USE(memalloc_check)();
}
