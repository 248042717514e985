/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	void *p = take(ARG(1));

	drop(p);
	USE(memalloc_free)(opaque(p));
	return 0;
}
