/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop_in_thread(p);
	opaque(realloc(opaque(p), ARG(2)));
	return 0;
}
