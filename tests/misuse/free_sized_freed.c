/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop(p);
	USE(free_sized)(opaque(p), ARG(1));
	return 0;
}
