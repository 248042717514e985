/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = opaque(calloc(1, ARG(1)));

	drop(p);
	drop(p);
	return 0;
}
