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
	use_up(100);
	return 0;
}
