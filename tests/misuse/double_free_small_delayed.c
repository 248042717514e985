/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	char *p = take(100);

	drop(p);
	churn(24, 10);
	churn(1000, 10);
	drop(p);
	return 0;
}
