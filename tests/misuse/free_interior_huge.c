/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(40 << 20) + 4096);
	return 0;
}
