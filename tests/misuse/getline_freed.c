/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* The line is freed, but not forgotten, and the next one longer. */
	static char text[2000];
	size_t first = ARG(1), size = 0;
	char *line = NULL;
	FILE *file;

	memset(text, 'x', sizeof(text) - 1);
	text[first] = '\n';
	file = fmemopen(text, sizeof(text) - 1, "r");
	if (file == NULL || getline(&line, &size, file) < 0) {
		return BROKEN;
	}
	drop(line);
	(void)!getline(&line, &size, file);
	return 0;
}
