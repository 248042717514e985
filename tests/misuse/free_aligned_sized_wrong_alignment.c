/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	/* No block at all is of this alignment, or it is none. */
	USE(free_aligned_sized)(p, ARG(3), ARG(2));
	return 0;
}
