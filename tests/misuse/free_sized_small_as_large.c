/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(take(100), 100000);
	return 0;
}
