/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	memalloc_freezero(take(100), 1000);
	return 0;
}
