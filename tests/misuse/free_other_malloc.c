/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* A block of the malloc of another C library in the process. */
#ifdef LM_ID_NEWLM
	void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
#else
	void *libc = NULL;
#endif
	void *found = libc != NULL ? dlsym(libc, "malloc") : NULL;

	if (found == NULL) {
		return SKIPPED;
	}
	drop(((void *(*)(size_t))found)(ARG(1)));
	return 0;
}
