/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	/* delete[] of new: the count of elements is looked for before it. */
	size_t size = ARG(2);

	take(size);
	delete_by(argv[1], take(size) - 8, size + 8, 16);
	return 0;
}
