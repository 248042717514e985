/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* The value of a variable is a part of a string of the C library. */
	if (setenv("MISUSED", "twelve bytes", 1) != 0) {
		return BROKEN;
	}
	drop(getenv("MISUSED"));
	return 0;
}
