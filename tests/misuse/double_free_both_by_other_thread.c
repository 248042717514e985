/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static void *
drop_twice(void *p)
{
	drop(p);
	drop(p);
	return NULL;
}

int
main(int argc, char **argv)
{
	in_thread(drop_twice, take(ARG(1)));
	return 0;
}
