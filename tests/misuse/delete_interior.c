/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	delete_by(argv[1], take(ARG(2)) + ARG(3), ARG(2), 16);
	return 0;
}
