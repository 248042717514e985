/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	char block[64];

	if (argc < 2) {
		return BROKEN;
	}
	delete_by(argv[1], block, 64, 16);
	return 0;
}
