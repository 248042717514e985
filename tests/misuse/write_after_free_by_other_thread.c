/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static void *
smash_it(void *p)
{
	smash(p, 16);
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);

	drop(p);
	in_thread(smash_it, p);
	use_up(size);
	return 0;
}
