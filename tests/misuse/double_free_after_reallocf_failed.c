/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Unlike realloc it frees the block when it fails. */
	char *p = take(ARG(1));

	if (USE(memalloc_reallocf)(opaque(p), SIZE_MAX / 2 - 4096) != NULL) {
		return BROKEN;
	}
	drop(p);
	return 0;
}
