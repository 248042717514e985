/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* One byte behind the end; who notices it is the second argument. */
int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *p = take(size);
	const char *by = argc > 2 ? argv[2] : "";

	p[size] ^= 0x55;
	if (strcmp(by, "realloc") == 0) {
		opaque(realloc(opaque(p), 2 * size));
	} else if (strcmp(by, "usable_size") == 0) {
		return malloc_usable_size(opaque(p)) == 0;
	} else if (strcmp(by, "free_sized") == 0) {
		USE(free_sized)(opaque(p), size);
	} else if (strcmp(by, "thread") == 0) {
		drop_in_thread(p);
	} else if (strcmp(by, "check") == 0) {
		drop(take(size));
	} else {
		return BROKEN;
	}
	return 0;
}
