/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	drop((char *)opaque(aligned_alloc(ARG(1), ARG(2))) + ARG(3));
	return 0;
}
