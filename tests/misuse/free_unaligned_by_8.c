/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(100) + 8);
	return 0;
}
