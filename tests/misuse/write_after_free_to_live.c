/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* A link to a live block of the same size. */
	char *live = take(100);
	uintptr_t *p = opaque(take(100));

	drop(p);
	p = opaque(p);
	p[0] = (uintptr_t)live;
	use_up(100);
	return 0;
}
