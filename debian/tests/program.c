/* SPDX-License-Identifier: MIT */
/* program.c - uses the library by its own names and by the standard ones. */
#include <memalloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
main(void)
{
	char *p = malloc(100);
	char *q = memalloc_malloc(100);

	if (p == NULL || q == NULL || memalloc_usable_size(p) < 100) {
		return 1;
	}
	memset(p, 1, 100);
	memset(q, 2, 100);
	free(p);
	memalloc_free(q);
	if (memalloc_check() != 0) {
		return 1;
	}
	puts(memalloc_version());
	return 0;
}
