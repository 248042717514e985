/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	memset(opaque(p), 0, 16);
	use_up(size);
	return 0;
}
