/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	/* The alignment that new was told delete is not. */
	void *p = opaque(aligned_alloc(ARG(2), ARG(3)));

	delete_by(argv[1], p, ARG(3), 16);
	return 0;
}
