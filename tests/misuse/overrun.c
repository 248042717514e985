/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* A block of so many bytes; one is written so far behind its end. */
int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	p[size + ARG(2)] ^= 0x55;
	drop(p);
	return 0;
}
