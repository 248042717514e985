/* SPDX-License-Identifier: MIT */
#include "misuse.h"

void _ZdlPvmSt11align_val_t(void *p, size_t size, size_t alignment);

int
main(void)
{
	_ZdlPvmSt11align_val_t(opaque(aligned_alloc(64, 100)), 5000, 64);
	return 0;
}
