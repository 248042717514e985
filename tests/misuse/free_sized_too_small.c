/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(take(1000), 100);
	return 0;
}
