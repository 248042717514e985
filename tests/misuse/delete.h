/* SPDX-License-Identifier: MIT */
/*
 * delete.h - the forms of operator delete, by their mangled names.
 *
 * A library without them is used through those of libstdc++, which are one
 * call of free.
 */
#ifndef TEST_DELETE_H
#define TEST_DELETE_H

#include "misuse.h"

/*
 * Delete P by FORM: one of "plain", "array", "nothrow", "aligned" (without a
 * size), "sized", "sized_array", "sized_aligned", "sized_aligned_array".
 */
__attribute__((unused)) static void
delete_by(const char *form, void *p, size_t size, size_t alignment)
{
	static const struct {
		const char *form, *name;
	} forms[] = {
		{ "plain", "_ZdlPv" },
		{ "array", "_ZdaPv" },
		{ "nothrow", "_ZdlPvRKSt9nothrow_t" },
		{ "aligned", "_ZdlPvSt11align_val_t" },
		{ "sized", "_ZdlPvm" },
		{ "sized_array", "_ZdaPvm" },
		{ "sized_aligned", "_ZdlPvmSt11align_val_t" },
		{ "sized_aligned_array", "_ZdaPvmSt11align_val_t" },
	};
	void *found = NULL;
	size_t i = 0;

	while (i < 8 && strcmp(forms[i].form, form) != 0) {
		i++;
	}
	if (i == 8) {
		exit(BROKEN);
	}
	p = opaque(p);
	found = dlsym(RTLD_DEFAULT, forms[i].name);
	if (found == NULL) {
		free(p);
	} else if (i < 2) {
		((void (*)(void *))found)(p);
	} else if (i == 2) {
		((void (*)(void *, const char *))found)(p, "");
	} else if (i < 6) {
		((void (*)(void *, size_t))found)(p, i == 3 ? alignment : size);
	} else {
		((void (*)(void *, size_t, size_t))found)(p, size, alignment);
	}
}

#endif /* TEST_DELETE_H */
