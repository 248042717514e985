/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	void *p = opaque(aligned_alloc(64, ARG(2)));

	delete_by(argv[1], p, ARG(3), 64);
	return 0;
}
