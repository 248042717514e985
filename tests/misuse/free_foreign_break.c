/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <unistd.h>

#include "misuse.h"

int
main(void)
{
	void *p = sbrk(1 << 20);

	drop((char *)p + 4096);
	return 0;
}
