/* SPDX-License-Identifier: MIT */
#include <sys/mman.h>

#include "misuse.h"

int
main(void)
{
	void *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p, 1 << 20);
	drop(p);
	return 0;
}
