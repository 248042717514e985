/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	USE(cfree)(p);
	USE(cfree)(opaque(p));
	return 0;
}
