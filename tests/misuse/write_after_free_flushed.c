/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* Found when the blocks go back to their spans. */
	static char *block[20000];

	for (int i = 0; i < 20000; i++) {
		block[i] = take(100);
	}
	for (int i = 10000; i < 10010; i++) {
		drop(block[i]);
	}
	memset(opaque(block[10005]), 0x41, 16);
	for (int i = 0; i < 20000; i++) {
		if (i < 10000 || i >= 10010) {
			drop(block[i]);
		}
	}
	malloc_trim(0);
	for (int i = 0; i < 10000; i++) {
		(void)!take(100);
	}
	return 0;
}
