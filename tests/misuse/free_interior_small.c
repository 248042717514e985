/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(100) + 16);
	return 0;
}
