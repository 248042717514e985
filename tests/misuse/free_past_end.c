/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* The last of several, so that nothing live is behind it. */
	size_t size = ARG(1);
	char *p = NULL;

	for (int i = 0; i < 3; i++) {
		p = take(size);
	}
	drop(p + malloc_usable_size(p));
	return 0;
}
