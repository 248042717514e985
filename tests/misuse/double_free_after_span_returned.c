/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	static char *block[20000];

	for (int i = 0; i < 20000; i++) {
		block[i] = take(1000);
	}
	/* This one is above them, so that the break stays. */
	take(1000000);
	for (int i = 0; i < 20000; i++) {
		drop(block[i]);
	}
	malloc_trim(0);
	drop(block[10000]);
	return 0;
}
