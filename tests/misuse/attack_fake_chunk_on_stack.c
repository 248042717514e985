/* SPDX-License-Identifier: MIT */
/*
 * House of spirit: a block made up on the stack, with the header before
 * it.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	uintptr_t fake[64] = { 0 };

	fake[1] = size + 16 + 1;
	fake[(size + 16) / sizeof(fake[0]) % 62 + 1] = 0x21;
	drop(&fake[2]);
	nothing_won(size, fake, sizeof(fake));
	return 0;
}
