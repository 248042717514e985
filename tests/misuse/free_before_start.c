/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Where the header of another allocator would lie. */
	take(ARG(1));
	drop(take(ARG(1)) - 16);
	return 0;
}
