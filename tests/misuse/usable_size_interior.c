/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	return malloc_usable_size(take(ARG(1)) + ARG(2)) != 0;
}
