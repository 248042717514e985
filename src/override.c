/* SPDX-License-Identifier: MIT */
/*
 * override.c - the standard names.
 *
 * All in one object, with every name of glibc's own malloc object that a
 * program or another object of a static libc can reach: an archive member
 * that defined only some of them would draw in libc's as well, and end in
 * multiple definitions.  Those that exports.txt does not list stay hidden,
 * which only an archive's user can notice.
 */
#include "base.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <memalloc.h>

#include "alloc.h"
#include "error.h"
#include "info.h"
#include "override.h"
#include "resize.h"

#ifdef __GLIBC__
#define MA_HAVE_MALLINFO2 __GLIBC_PREREQ(2, 33)
#else
#define MA_HAVE_MALLINFO2 0
struct mallinfo {
	int arena, ordblks, smblks, hblks, hblkhd;
	int usmblks, fsmblks, uordblks, fordblks, keepcost;
};
#endif
#if !MA_HAVE_MALLINFO2
struct mallinfo2 {
	size_t arena, ordblks, smblks, hblks, hblkhd;
	size_t usmblks, fsmblks, uordblks, fordblks, keepcost;
};
#endif

/* --- C and POSIX -------------------------------------------------------- */

MA_EXPORT void *
malloc(size_t size)
{
	return ma_alloc(size);
}

MA_EXPORT void
free(void *p)
{
	ma_free(p, "free");
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

/*
 * By the standard name, as the C library does it: a program may bring malloc,
 * free and realloc of its own, but not this one.
 */
MA_EXPORT void *
reallocarray(void *p, size_t count, size_t size)
{
	size_t nbytes;

	if (__builtin_mul_overflow(count, size, &nbytes))
		return ma_error_no_memory(MEMALLOC_ERR_SIZE);
	if (!MA_OVERRIDE_IS_OURS(realloc, ma_override_realloc))
		return realloc(p, nbytes);
	return ma_resize(p, nbytes, "reallocarray");
}

MA_EXPORT void *
aligned_alloc(size_t alignment, size_t size)
{
	return memalloc_aligned_alloc(alignment, size);
}

MA_EXPORT int
posix_memalign(void **out, size_t alignment, size_t size)
{
	return memalloc_posix_memalign(out, alignment, size);
}

/* C23; not declared by every <stdlib.h>. */
MA_EXPORT void
free_sized(void *p, size_t size);
MA_EXPORT void
free_aligned_sized(void *p, size_t alignment, size_t size);

void
free_sized(void *p, size_t size)
{
	memalloc_free_sized(p, size);
}

void
free_aligned_sized(void *p, size_t alignment, size_t size)
{
	memalloc_free_aligned_sized(p, alignment, size);
}

/* --- GNU and BSD -------------------------------------------------------- */

MA_EXPORT void
cfree(void *p);

void
cfree(void *p)
{
	ma_free(p, "cfree");
}

MA_EXPORT void *
memalign(size_t alignment, size_t size)
{
	return memalloc_memalign(alignment, size);
}

MA_EXPORT void *
valloc(size_t size);

void *
valloc(size_t size)
{
	return memalloc_valloc(size);
}

MA_EXPORT void *
pvalloc(size_t size);

void *
pvalloc(size_t size)
{
	return memalloc_pvalloc(size);
}

MA_EXPORT size_t
malloc_usable_size(void *p)
{
	return memalloc_usable_size(p);
}

MA_EXPORT int
malloc_trim(size_t pad);

int
malloc_trim(size_t pad)
{
	return memalloc_trim(pad);
}

MA_EXPORT int
mallopt(int parameter, int value);

int
mallopt(int parameter, int value)
{
	return ma_info_mallopt(parameter, value);
}

MA_EXPORT struct mallinfo2
mallinfo2(void);

struct mallinfo2
mallinfo2(void)
{
	struct ma_mallinfo i = ma_info_mallinfo();

	return (struct mallinfo2) {
		.arena = i.arena, .ordblks = i.ordblks, .hblks = i.hblks,
		.hblkhd = i.hblkhd, .uordblks = i.uordblks,
		.fordblks = i.fordblks, .keepcost = i.keepcost,
	};
}

/* glibc's figures wrap around; these stop at the largest int. */
static int
clip_to_int(size_t n)
{
	return n > INT_MAX ? INT_MAX : (int)n;
}

/* Under this name, since glibc's header deprecates the other. */
MA_HIDDEN struct mallinfo
__mallinfo(void);

struct mallinfo
__mallinfo(void)
{
	struct ma_mallinfo i = ma_info_mallinfo();

	return (struct mallinfo) {
		.arena = clip_to_int(i.arena),
		.ordblks = clip_to_int(i.ordblks),
		.hblks = clip_to_int(i.hblks),
		.hblkhd = clip_to_int(i.hblkhd),
		.uordblks = clip_to_int(i.uordblks),
		.fordblks = clip_to_int(i.fordblks),
		.keepcost = clip_to_int(i.keepcost),
	};
}

MA_EXPORT int
malloc_info(int options, FILE *stream);

int
malloc_info(int options, FILE *stream)
{
	return ma_info_xml(options, stream);
}

MA_EXPORT void
malloc_stats(void);

void
malloc_stats(void)
{
	ma_info_stats();
}

MA_EXPORT struct mallinfo
mallinfo(void) __attribute__((alias("__mallinfo")));

#ifdef __GLIBC__
/* Others move the break through break.c, in static programs too. */
__attribute__((used)) static void *(*const others_sbrk)(intptr_t) = sbrk;
#endif

/* --- By which the standard names are known ------------------------------ */

ALIAS(MA_HIDDEN, malloc, ma_override_malloc);
ALIAS(MA_HIDDEN, free, ma_override_free);
ALIAS(MA_HIDDEN, realloc, ma_override_realloc);

/* --- glibc's own names -------------------------------------------------- */

ALIAS(MA_EXPORT, malloc, __libc_malloc);
ALIAS(MA_EXPORT, calloc, __libc_calloc);
ALIAS(MA_EXPORT, realloc, __libc_realloc);
ALIAS(MA_EXPORT, free, __libc_free);
ALIAS(MA_EXPORT, cfree, __libc_cfree);
ALIAS(MA_EXPORT, memalign, __libc_memalign);
ALIAS(MA_EXPORT, valloc, __libc_valloc);
ALIAS(MA_EXPORT, pvalloc, __libc_pvalloc);
ALIAS(MA_EXPORT, posix_memalign, __posix_memalign);

ALIAS(MA_HIDDEN, malloc, __malloc);
ALIAS(MA_HIDDEN, calloc, __calloc);
ALIAS(MA_HIDDEN, realloc, __realloc);
ALIAS(MA_HIDDEN, free, __free);
ALIAS(MA_HIDDEN, memalign, __memalign);
ALIAS(MA_HIDDEN, valloc, __valloc);
ALIAS(MA_HIDDEN, pvalloc, __pvalloc);
ALIAS(MA_HIDDEN, malloc_usable_size, __malloc_usable_size);
ALIAS(MA_HIDDEN, malloc_trim, __malloc_trim);
ALIAS(MA_HIDDEN, malloc_stats, __malloc_stats);
ALIAS(MA_HIDDEN, malloc_info, __malloc_info);
ALIAS(MA_HIDDEN, mallopt, __mallopt);
ALIAS(MA_HIDDEN, mallopt, __libc_mallopt);
ALIAS(MA_HIDDEN, __mallinfo, __libc_mallinfo);
ALIAS(MA_HIDDEN, mallinfo2, __mallinfo2);
ALIAS(MA_HIDDEN, mallinfo2, __libc_mallinfo2);

/* What a static glibc calls in its malloc at fork and at a thread's end. */
MA_HIDDEN void
__malloc_fork_lock_parent(void);

void
__malloc_fork_lock_parent(void)
{
	/* fork.c does it, by pthread_atfork. */
}

ALIAS(MA_HIDDEN, __malloc_fork_lock_parent, __malloc_fork_unlock_parent);
ALIAS(MA_HIDDEN, __malloc_fork_lock_parent, __malloc_fork_unlock_child);
ALIAS(MA_HIDDEN, __malloc_fork_lock_parent, __malloc_arena_thread_freeres);

MA_HIDDEN void *
__glibc_morecore(ptrdiff_t increment);

void *
__glibc_morecore(ptrdiff_t increment)
{
	(void)increment;
	return NULL;
}
