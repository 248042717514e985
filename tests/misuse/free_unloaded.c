/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* A variable of a library that is gone. */
	void *library = dlopen("libm.so.6", RTLD_NOW | RTLD_LOCAL);
	void *p = library != NULL ? dlsym(library, "signgam") : NULL;

	if (p == NULL) {
		return SKIPPED;
	}
	dlclose(library);
	drop(p);
	return 0;
}
