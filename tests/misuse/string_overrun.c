/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Room for the letters of a string, but not for its end. */
	size_t size = ARG(1);
	char text[8192];

	if (size >= sizeof(text)) {
		return BROKEN;
	}
	memset(text, 'x', size);
	text[size] = '\0';
	drop(strcpy(take(size), opaque(text)));
	return 0;
}
