/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	void *p = opaque(USE(memalloc_malloc)(ARG(1)));

	USE(memalloc_free)(opaque(p));
	opaque(USE(memalloc_realloc)(opaque(p), ARG(2)));
	return 0;
}
