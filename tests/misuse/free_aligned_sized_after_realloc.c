/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Neither its size nor its alignment has survived. */
	void *p = opaque(aligned_alloc(ARG(1), ARG(2)));

	p = opaque(realloc(p, ARG(3)));
	USE(free_aligned_sized)(p, ARG(1), ARG(2));
	return 0;
}
