/* SPDX-License-Identifier: MIT */
/*
 * deepbind.c - dlopen, without RTLD_DEEPBIND.
 *
 * An object that is opened with that flag looks for malloc and free in libc
 * before it looks here.  So does all that comes with it: its blocks are those
 * of libc's heap, and when either side frees what the other allocated, the
 * process dies.  PHP opens its extensions so.  Where the flag is cleared, the
 * names of an object that are also those of the program are the program's, as
 * without the flag; the option deepbind:keep leaves it.
 *
 * The loader looks at where dlopen was called from: it searches in the RUNPATH
 * of that object, and in its namespace.  So the real dlopen must be jumped to
 * and not called, which compilers do where nothing remains to be done.
 *
 * In the shared library alone: who links the archive knows what he opens.
 */
#include "base.h"

#include <dlfcn.h>

#include "option.h"

#if MA_IN_SHARED && defined(RTLD_DEEPBIND)

typedef void *dlopen_function(const char *name, int mode);

/* The next one; atomic, found at the first call. */
static dlopen_function *next_dlopen;

static MA_NOINLINE dlopen_function *
find_next(void)
{
	dlopen_function *next =
		(dlopen_function *)dlsym(RTLD_NEXT, "dlopen");

	__atomic_store_n(&next_dlopen, next, __ATOMIC_RELAXED);
	return next;
}

MA_EXPORT MA_JUMPS void *
dlopen(const char *name, int mode)
{
	dlopen_function *next =
		__atomic_load_n(&next_dlopen, __ATOMIC_RELAXED);

	if (MA_UNLIKELY(next == NULL))
		next = find_next();
	/* Before glibc 2.34: the program has no libdl, but calls us. */
	if (MA_UNLIKELY(next == NULL))
		return NULL;
	if (ma_options.deepbind == MA_DEEPBIND_CLEAR)
		mode &= ~RTLD_DEEPBIND;
	MA_JUMP return next(name, mode);
}

#endif
