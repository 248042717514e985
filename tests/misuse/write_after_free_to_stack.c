/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* The classic: a link to where the attacker wants the next block. */
	uintptr_t fake[32] = { 0 };
	uintptr_t *p = opaque(take(100));

	drop(p);
	p = opaque(p);
	p[0] = (uintptr_t)fake;
	for (int i = 0; i < 10000; i++) {
		(void)!take(100);
	}
	return 0;
}
