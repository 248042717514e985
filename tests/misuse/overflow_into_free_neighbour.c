/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* Blocks of one class lie side by side: some of these are free. */
	static char *block[1000];

	for (int i = 0; i < 1000; i++) {
		block[i] = take(100);
	}
	for (int i = 0; i < 1000; i += 2) {
		drop(block[i]);
	}
	for (int i = 1; i < 1000; i += 2) {
		memset(opaque(block[i]), 0x41, 112 + 16);
	}
	for (int i = 0; i < 10000; i++) {
		(void)!take(100);
	}
	return 0;
}
