/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* A size that has become 0: the block was freed by realloc. */
	char *p = take(ARG(1));

	if (realloc(opaque(p), (uintptr_t)opaque(NULL)) == NULL) {
		drop(p);
	}
	return 0;
}
