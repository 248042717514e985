/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static void *
take_it(void *arg)
{
	(void)arg;
	return take(100);
}

int
main(void)
{
	void *p = in_thread(take_it, NULL);

	drop(p);
	drop(p);
	return 0;
}
