/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	drop(take(1000) + 992);
	return 0;
}
