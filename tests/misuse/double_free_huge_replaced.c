/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <sys/mman.h>

int
main(int argc, char **argv)
{
	/* In the meantime the program maps something else there. */
	size_t size = ARG(1);
	char *p = take(size), *q;

	drop(p);
	q = (char *)((uintptr_t)p & ~(uintptr_t)4095);
	if (mmap(q, size, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
	         0) != q) {
		return SKIPPED;
	}
	drop(p);
	*(volatile char *)q = 1;
	return 0;
}
