/* SPDX-License-Identifier: MIT */
/*
 * all_options.h - MEMALLOC_CONF with every option, each with a value that it
 * does not have otherwise: for tests of who must not obey it.
 */
#ifndef TEST_ALL_OPTIONS_H
#define TEST_ALL_OPTIONS_H

#include "base.h"

#include <stdio.h>
#include <string.h>

#include "option.h"

enum kind { BOOL, WORD, NUMBER, SIZE };

static const char *
all_options(void)
{
	static char text[1000] = "zero_realloc:alloc,os:map,deepbind:keep,"
				 "misuse:ignore";
	size_t n = strlen(text);

#define MA_OPTION(name, kind, initial, least, most, help)                    \
	if (kind != WORD)                                                    \
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",%s:%zu", \
		                      #name,                                 \
		                      (size_t)(initial) == (size_t)(least) ? \
		                      (size_t)(most) : (size_t)(least));
#include "option_list.h"
#undef MA_OPTION
	return text;
}

#endif /* TEST_ALL_OPTIONS_H */
