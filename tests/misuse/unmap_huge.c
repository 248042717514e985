/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <sys/mman.h>

int
main(int argc, char **argv)
{
	/* Nothing else may take its place before it is freed. */
	size_t size = ARG(1);
	char *p = take(size);

	if ((uintptr_t)p % 4096 != 0) {
		return SKIPPED;
	}
	if (munmap(p, size) != 0) {
		return BROKEN;
	}
	drop(p);
	return 0;
}
