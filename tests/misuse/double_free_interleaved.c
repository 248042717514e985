/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size), *q = take(size);

	drop(p);
	drop(q);
	drop(p);
	return 0;
}
