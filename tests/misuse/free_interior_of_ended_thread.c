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

	drop((char *)in_thread(take_it, &size) + ARG(2));
	return 0;
}
