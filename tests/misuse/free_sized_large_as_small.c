/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(take(100000), 100);
	return 0;
}
