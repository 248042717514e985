/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	void *p = opaque(USE(memalloc_malloc)(ARG(1)));

	USE(memalloc_free)(opaque(p));
	return USE(memalloc_usable_size)(opaque(p)) != 0;
}
