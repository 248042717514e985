/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <unistd.h>

#include "misuse.h"

int
main(void)
{
	drop(environ[0]);
	return 0;
}
