/* SPDX-License-Identifier: MIT */
#include "misuse.h"

void _ZdlPvm(void *p, size_t size);

int
main(void)
{
	_ZdlPvm(take(100), 1000);
	return 0;
}
