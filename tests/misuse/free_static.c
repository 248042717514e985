/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	static char block[64];

	drop(block);
	return 0;
}
