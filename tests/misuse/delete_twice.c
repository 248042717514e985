/* SPDX-License-Identifier: MIT */
#include "delete.h"

int
main(int argc, char **argv)
{
	char *p = take(ARG(2));

	delete_by(argv[1], p, ARG(2), 16);
	delete_by(argv[1], p, ARG(2), 16);
	return 0;
}
