/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop(p);
	opaque(USE(memalloc_recallocarray)(opaque(p), 1, 2, 50));
	return 0;
}
