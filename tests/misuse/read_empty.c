/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	volatile char *p = take(0);

	return p[0] & 0;
}
