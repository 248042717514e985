/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(take(100000), 1000000);
	return 0;
}
