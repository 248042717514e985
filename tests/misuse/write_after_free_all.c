/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	memset(opaque(p), 0, 100);
	for (int i = 0; i < 10000; i++) {
		(void)!take(100);
	}
	return 0;
}
