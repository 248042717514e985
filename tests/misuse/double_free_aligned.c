/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	drop(p);
	drop(p);
	return 0;
}
