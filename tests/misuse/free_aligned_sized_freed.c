/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	drop(p);
	USE(free_aligned_sized)(opaque(p), ARG(1), ARG(2));
	return 0;
}
