/* SPDX-License-Identifier: MIT */
#include "foreign.h"

int
main(int argc, char **argv)
{
	void *p = foreign(argc, argv);

	opaque(realloc(p, (uintptr_t)opaque(NULL)));
	return 0;
}
