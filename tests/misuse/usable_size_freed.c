/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop(p);
	return malloc_usable_size(opaque(p)) != 0;
}
