/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop(p);
	opaque(USE(memalloc_reallocf)(opaque(p), 200));
	return 0;
}
