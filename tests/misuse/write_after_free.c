/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* SIZE OFFSET LENGTH [BEFORE]: that many blocks were taken before. */
int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p;

	for (size_t i = 0; argc > 4 && i < ARG(4); i++) {
		(void)!take(size);
	}
	p = take(size);
	drop(p);
	smash(p + ARG(2), ARG(3));
	use_up(size);
	return 0;
}
