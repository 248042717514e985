/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	/* The alignment that delete is told new was not; P lacks it. */
	size_t size = ARG(2), alignment = ARG(3);
	char *p = take(size);

	while ((uintptr_t)p % alignment == 0) {
		p = take(size);
	}
	delete_by(argv[1], p, size, alignment);
	return 0;
}
