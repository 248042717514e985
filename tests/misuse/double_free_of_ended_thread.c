/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static void *
take_it(void *size)
{
	return take(*(size_t *)size);
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	void *p = in_thread(take_it, &size);

	drop(p);
	drop(p);
	return 0;
}
