/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(1));

	drop(p);
	churn(24, 10);
	churn(2000, 10);
	churn(200000, 1);
	drop(p);
	return 0;
}
