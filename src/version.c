/* SPDX-License-Identifier: MIT */
/*
 * version.c - which memalloc this is.
 */
#include "base.h"

#include <memalloc.h>

MA_EXPORT const char *
memalloc_version(void)
{
	return MEMALLOC_VERSION_STRING;
}
