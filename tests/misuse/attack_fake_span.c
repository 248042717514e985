/* SPDX-License-Identifier: MIT */
/*
 * Records of spans made up within a large block.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	/* Fields that a span's record has: neighbours, base, length, counts. */
	size_t size = ARG(1);
	uintptr_t *p = opaque(aligned_alloc(16384, 65536));

	for (int i = 0; i < 8192; i++) {
		p[i] = i % 8 == 3 ? (uintptr_t)p : 1;
	}
	drop(&p[4096]);
	nothing_won(size, p, 65536);
	return 0;
}
