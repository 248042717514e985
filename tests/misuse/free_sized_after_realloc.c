/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* The size that it had, not the one that it has. */
	USE(free_sized)(opaque(realloc(take(ARG(1)), ARG(2))), ARG(1));
	return 0;
}
