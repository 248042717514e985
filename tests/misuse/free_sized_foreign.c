/* SPDX-License-Identifier: MIT */
#include "foreign.h"

int
main(int argc, char **argv)
{
	void *p = foreign(argc, argv);

	USE(free_sized)(p, 64);
	return 0;
}
