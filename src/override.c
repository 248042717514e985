/* SPDX-License-Identifier: MIT */
/*
 * override.c - the standard names.
 *
 * All in one object, with every name of glibc's own malloc object that a
 * program or another object of a static libc can reach: an archive member
 * that defined only some of them would draw in libc's as well, and end in
 * multiple definitions.
 */
#include "base.h"

#include <malloc.h>
#include <stdio.h>

#include <memalloc.h>

#include "alloc.h"
#include "info.h"
#include "resize.h"

#ifndef __GLIBC__
struct mallinfo { int a[10]; };
#endif

MA_EXPORT void *
malloc(size_t size)
{
	return ma_alloc(size);
}

MA_EXPORT void
free(void *p)
{
	ma_free(p);
}

MA_EXPORT void *
calloc(size_t count, size_t size)
{
	return ma_calloc(count, size);
}

MA_EXPORT void *
realloc(void *p, size_t size)
{
	return ma_resize(p, size, "realloc");
}
