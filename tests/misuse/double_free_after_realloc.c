/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1)), *q = opaque(realloc(opaque(p), ARG(2)));

	drop(p);
	drop(q);
	return 0;
}
