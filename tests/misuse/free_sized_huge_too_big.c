/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	free_sized(take(40 << 20), (size_t)1 << 30);
	return 0;
}
