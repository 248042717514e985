/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* A handler that is registered twice. */
static void *block;

static void
clean_up(void)
{
	drop(block);
}

int
main(int argc, char **argv)
{
	block = take(ARG(1));
	if (atexit(clean_up) != 0 || atexit(clean_up) != 0) {
		return BROKEN;
	}
	return 0;
}
