/* SPDX-License-Identifier: MIT */
/*
 * maker.c - option mismatch: by which family of functions a block was made.
 */
#include "base.h"

#include <string.h>

#include "error.h"
#include "maker.h"
#include "pagemap.h"
#include "target.h"

bool ma_maker_knows_new;

/* A byte that was never written: made before the option was read, or where
   no memory was left to note it. */
enum maker { NOBODY, MALLOC, NEW, NEW_ARRAY };

static const char *const names[] = {
	[MALLOC] = "malloc or a relative",
	[NEW] = "operator new",
	[NEW_ARRAY] = "operator new[]",
};

/* Operators have their names as C++ writes them. */
static enum maker
family_of(const char *function)
{
	if (strncmp(function, "operator ", 9) != 0)
		return MALLOC;
	return function[strlen(function) - 1] == ']' ? NEW_ARRAY : NEW;
}

void
ma_maker_note(const void *p, const char *function)
{
	uint8_t *maker = ma_pagemap_maker((uintptr_t)p, true);

	if (maker != NULL)
		__atomic_store_n(maker, (uint8_t)family_of(function),
		                 __ATOMIC_RELAXED);
}

void
ma_maker_inspect(const struct ma_target *t, const void *p,
                 const char *function)
{
	const uint8_t *maker = ma_pagemap_maker((uintptr_t)p, false);
	unsigned made_by = maker == NULL ? NOBODY :
		__atomic_load_n(maker, __ATOMIC_RELAXED);

	if (!ma_maker_knows_new || made_by == NOBODY ||
	    made_by == family_of(function) ||
	    strcmp(function, "malloc_usable_size") == 0)
		return;
	ma_error_die(MEMALLOC_ERR_MISMATCH, function, p,
	             "was allocated by %s: a block of %zu bytes",
	             names[made_by], t->size);
}
