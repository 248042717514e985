/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	void *p = opaque(USE(memalloc_malloc)(ARG(1)));

	USE(memalloc_free)(opaque(p));
	USE(memalloc_free)(opaque(p));
	return 0;
}
