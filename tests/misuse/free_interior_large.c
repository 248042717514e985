/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(100000) + 16);
	return 0;
}
