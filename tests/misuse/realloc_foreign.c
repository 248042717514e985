/* SPDX-License-Identifier: MIT */
#include "foreign.h"

int
main(int argc, char **argv)
{
	void *p = foreign(argc, argv);

	opaque(realloc(p, 200));
	return 0;
}
