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
main(void)
{
	in_thread(drop_twice, take(100));
	return 0;
}
