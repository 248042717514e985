/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(1000000) + (3 << 16));
	return 0;
}
