/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* A string that the function named FORM allocates. */
static char *
result_of(const char *form)
{
	char *result = NULL;
	size_t size = 0;
	FILE *file;

	if (strcmp(form, "strdup") == 0) {
		return strdup("a string of this program");
	}
	if (strcmp(form, "strndup") == 0) {
		return strndup("a string of this program", 8);
	}
	if (strcmp(form, "asprintf") == 0) {
		return asprintf(&result, "%0200d", 1) < 0 ? NULL : result;
	}
	if (strcmp(form, "realpath") == 0) {
		return realpath("/", NULL);
	}
	if (strcmp(form, "getcwd") == 0) {
		return getcwd(NULL, 0);
	}
	if (strcmp(form, "memstream") == 0) {
		file = open_memstream(&result, &size);
		if (file != NULL) {
			fprintf(file, "%05000d", 1);
			fclose(file);
		}
	}
	return result;
}

int
main(int argc, char **argv)
{
	char *p = opaque(result_of(argc > 1 ? argv[1] : ""));

	if (p == NULL) {
		return BROKEN;
	}
	drop(p);
	drop(p);
	return 0;
}
