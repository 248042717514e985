/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	USE(memalloc_freezero)(take(ARG(1)), ARG(2));
	return 0;
}
