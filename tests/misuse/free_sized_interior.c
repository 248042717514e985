/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);

	USE(free_sized)(opaque(take(size) + ARG(2)), size);
	return 0;
}
