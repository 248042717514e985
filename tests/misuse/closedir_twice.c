/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <dirent.h>

int
main(void)
{
	DIR *dir = opendir("/");

	if (dir == NULL) {
		return BROKEN;
	}
	closedir(opaque(dir));
	closedir(opaque(dir));
	return 0;
}
