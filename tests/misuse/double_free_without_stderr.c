/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Who cannot be told is stopped all the same. */
	char *p = take(ARG(1));

	close(2);
	drop(p);
	drop(p);
	return 0;
}
