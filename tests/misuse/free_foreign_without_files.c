/* SPDX-License-Identifier: MIT */
#include "foreign.h"

#include <sys/resource.h>

int
main(int argc, char **argv)
{
	/* Nothing can be opened that tells what lies there. */
	const struct rlimit none = { 0, 0 };
	void *p = foreign(argc, argv);

	if (setrlimit(RLIMIT_NOFILE, &none) != 0) {
		return BROKEN;
	}
	drop(p);
	return 0;
}
