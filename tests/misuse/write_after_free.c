/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	smash(p + ARG(2), ARG(3));
	use_up(size);
	return 0;
}
