/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop_in_thread(p);
	drop(p);
	return 0;
}
