/* SPDX-License-Identifier: MIT */
#include "delete.h"

/* A block of SIZE by FORM: malloc, calloc, memalign, or a form of new. */
static void *
make(const char *form, size_t size)
{
	static const struct {
		const char *form, *name;
	} forms[] = {
		{ "new", "_Znwm" },
		{ "new[]", "_Znam" },
		{ "new_nothrow", "_ZnwmRKSt9nothrow_t" },
		{ "new_aligned", "_ZnwmSt11align_val_t" },
		{ "new[]_aligned", "_ZnamSt11align_val_t" },
	};

	for (size_t i = 0; i < 5; i++) {
		if (strcmp(forms[i].form, form) == 0) {
			/* Whatever does not need it does not read it. */
			return ((void *(*)(size_t, size_t))
			        function(forms[i].name))(size, 64);
		}
	}
	return strcmp(form, "calloc") == 0 ? calloc(1, size) :
		strcmp(form, "memalign") == 0 ? memalign(64, size) :
		malloc(size);
}

int
main(int argc, char **argv)
{
	void *p = opaque(make(argv[1], ARG(3)));

	if (strcmp(argv[2], "free") == 0) {
		free(p);
	} else if (strcmp(argv[2], "realloc") == 0) {
		free(opaque(realloc(p, 2 * ARG(3))));
	} else if (strcmp(argv[2], "usable") == 0) {
		exit(malloc_usable_size(p) < ARG(3) ? HAD_EFFECT : 0);
	} else {
		delete_by(argv[2], p, ARG(3), 64);
	}
	return 0;
}
