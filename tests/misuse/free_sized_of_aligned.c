/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* The right size, but not a word of the alignment. */
	void *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	USE(free_sized)(p, ARG(2));
	return 0;
}
