/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	smash(p + ARG(2), ARG(3));
	/* It tells of more than one thing. */
	close(2);
	return USE(memalloc_check)() == 0 ? HAD_EFFECT : 0;
}
