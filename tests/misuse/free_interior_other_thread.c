/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	drop_in_thread(take(ARG(1)) + ARG(2));
	return 0;
}
