/* SPDX-License-Identifier: MIT */
#include "foreign.h"

int
main(int argc, char **argv)
{
	void *p = foreign(argc, argv);

	USE(free_aligned_sized)(p, 16, 64);
	return 0;
}
