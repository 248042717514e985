/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	return malloc_usable_size(opaque(p)) != 0;
}
