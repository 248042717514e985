/* SPDX-License-Identifier: MIT */
/*
 * option.h - what can be chosen at run time.
 *
 * Options come from MEMALLOC_CONF="name:value,name:value" and from the
 * variables of glibc that have a meaning here; MEMALLOC_CONF wins.  Nothing
 * of this is read when the process runs with another user's privileges.
 */
#ifndef MA_OPTION_H
#define MA_OPTION_H

#include "base.h"

enum { MA_ZERO_REALLOC_FREE, MA_ZERO_REALLOC_ALLOC, MA_ZERO_REALLOC_ABORT };
enum { MA_OS_BOTH, MA_OS_BRK, MA_OS_MAP };
enum { MA_DEEPBIND_CLEAR, MA_DEEPBIND_KEEP };
enum { MA_MISUSE_ABORT, MA_MISUSE_IGNORE };

/* The initial huge_threshold, which may learn (large.c). */
#define MA_HUGE_THRESHOLD ((size_t)32 << 20)

/* One field per line of option_list.h.  Written at setup and by mallopt. */
struct ma_options {
#define MA_OPTION(name, kind, initial, least, most, help) size_t name;
#include "option_list.h"
#undef MA_OPTION
};

MA_HIDDEN extern struct ma_options ma_options;

/*
 * Read the environment.  Each name or value that is not understood gets one
 * line on standard error and is skipped; foreign variables never warn.
 */
MA_HIDDEN void
ma_option_read(char *const *environment);

/* Take TEXT, "name:value,...", as MEMALLOC_CONF; true: all understood. */
MA_HIDDEN bool
ma_option_parse(const char *text);

/* Does an option ask that every call goes out of line? */
MA_INLINE bool
ma_option_each_call(void)
{
	return (ma_options.report | ma_options.perturb |
	        ma_options.check_every | ma_options.mismatch) != 0;
}

#endif /* MA_OPTION_H */
