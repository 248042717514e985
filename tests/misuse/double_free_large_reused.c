/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* Its slices serve small blocks when it is freed again. */
	char *p = take(1 << 20);

	drop(p);
	for (int i = 0; i < 200000; i++) {
		(void)!take(48);
	}
	drop(p + 16);
	return 0;
}
