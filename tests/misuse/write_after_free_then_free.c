/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* The mark is gone when it is freed again; found when handed out. */
	char *p = take(100);

	drop(p);
	memset(opaque(p), 0x41, 16);
	drop(p);
	use_up(100);
	return 0;
}
