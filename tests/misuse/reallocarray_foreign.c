/* SPDX-License-Identifier: MIT */
#include "foreign.h"

int
main(int argc, char **argv)
{
	void *p = foreign(argc, argv);

	opaque(reallocarray(p, 10, 20));
	return 0;
}
