/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	void *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	USE(free_aligned_sized)(p, ARG(1), ARG(3));
	return 0;
}
