/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	return malloc_usable_size(take(100) + 16) != 0;
}
