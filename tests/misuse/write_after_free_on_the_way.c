/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	/* Freed elsewhere, it is written over before it is home. */
	drop_in_thread(p);
	smash(p, 16);
	use_up(size);
	in_thread(use_up_there, &size);
	return 0;
}
