/* SPDX-License-Identifier: MIT */
/*
 * newdelete.c - the forms of C++ operator delete, by their mangled names.
 *
 * Without them libstdc++'s would be as right, since they call free; here the
 * sized forms verify the size, and the aligned ones the alignment.  operator
 * new is left to the C++ library: it calls our malloc, runs the new handler
 * and throws, which C cannot.
 */
#include "base.h"

#include <stdlib.h>

#include "alloc.h"
#include "override.h"

/*
 * Who links the archive gets these as soon as the program deletes; then
 * operator new must call our malloc, not the C library's.
 */
__attribute__((used)) static void *(*const malloc_of_new)(size_t) = malloc;

/* A declaration first, since nothing else declares these. */
#define DELETE_FORM(name, parameters, call) \
	MA_EXPORT void name parameters; \
	void name parameters { call; }

/* The tag of the nothrow forms, passed by reference. */
struct nothrow;

/*
 * Each form ends in a simpler one, and those in free, if the program brings
 * that: OTHER, which is known here as OURS, has P then.
 */
#define UNLESS_OVERRIDDEN(other, ours, p, call) \
	if (MA_OVERRIDE_IS_OURS(other, ours)) { \
		call; \
	} else { \
		other(p); \
	}
#define UNLESS_ALIGNED_OVERRIDDEN(other, ours, p, alignment, call) \
	if (MA_OVERRIDE_IS_OURS(other, ours)) { \
		call; \
	} else { \
		other(p, alignment); \
	}

/* --- Without an alignment ----------------------------------------------- */

static void
delete_plain(void *p, const char *function)
{
	UNLESS_OVERRIDDEN(free, ma_override_free, p, ma_free(p, function))
}

static void
delete_sized(void *p, size_t size, const char *function)
{
	UNLESS_OVERRIDDEN(free, ma_override_free, p,
	                  ma_free_checked(p, 1, size, function))
}

/* void operator delete(void *), and its array form */
DELETE_FORM(_ZdlPv, (void *p), delete_plain(p, "operator delete"))
ALIAS(MA_HIDDEN, _ZdlPv, ma_newdelete_one);
DELETE_FORM(_ZdaPv, (void *p),
            UNLESS_OVERRIDDEN(_ZdlPv, ma_newdelete_one, p,
                              delete_plain(p, "operator delete[]")))
ALIAS(MA_HIDDEN, _ZdaPv, ma_newdelete_array);

/* (void *, const std::nothrow_t &) */
DELETE_FORM(_ZdlPvRKSt9nothrow_t, (void *p, const struct nothrow *tag),
            (void)tag; _ZdlPv(p))
DELETE_FORM(_ZdaPvRKSt9nothrow_t, (void *p, const struct nothrow *tag),
            (void)tag; _ZdaPv(p))

/* (void *, std::size_t) */
DELETE_FORM(_ZdlPvm, (void *p, size_t size),
            UNLESS_OVERRIDDEN(_ZdlPv, ma_newdelete_one, p,
                              delete_sized(p, size, "operator delete")))
DELETE_FORM(_ZdaPvm, (void *p, size_t size),
            UNLESS_OVERRIDDEN(
	            _ZdaPv, ma_newdelete_array, p,
	            UNLESS_OVERRIDDEN(
		            _ZdlPv, ma_newdelete_one, p,
		            delete_sized(p, size, "operator delete[]"))))

/* --- With an alignment -------------------------------------------------- */

static void
delete_aligned(void *p, size_t alignment, const char *function)
{
	UNLESS_OVERRIDDEN(free, ma_override_free, p,
	                  ma_free_aligned(p, alignment, function))
}

static void
delete_sized_aligned(void *p, size_t size, size_t alignment,
                     const char *function)
{
	UNLESS_OVERRIDDEN(free, ma_override_free, p,
	                  ma_free_checked(p, alignment, size, function))
}

/* (void *, std::align_val_t) */
DELETE_FORM(_ZdlPvSt11align_val_t, (void *p, size_t alignment),
            delete_aligned(p, alignment, "operator delete"))
ALIAS(MA_HIDDEN, _ZdlPvSt11align_val_t, ma_newdelete_one_aligned);
DELETE_FORM(_ZdaPvSt11align_val_t, (void *p, size_t alignment),
            UNLESS_ALIGNED_OVERRIDDEN(
	            _ZdlPvSt11align_val_t, ma_newdelete_one_aligned, p,
	            alignment,
	            delete_aligned(p, alignment, "operator delete[]")))
ALIAS(MA_HIDDEN, _ZdaPvSt11align_val_t, ma_newdelete_array_aligned);

/* (void *, std::align_val_t, const std::nothrow_t &) */
DELETE_FORM(_ZdlPvSt11align_val_tRKSt9nothrow_t,
            (void *p, size_t alignment, const struct nothrow *tag),
            (void)tag; _ZdlPvSt11align_val_t(p, alignment))
DELETE_FORM(_ZdaPvSt11align_val_tRKSt9nothrow_t,
            (void *p, size_t alignment, const struct nothrow *tag),
            (void)tag; _ZdaPvSt11align_val_t(p, alignment))

/* (void *, std::size_t, std::align_val_t) */
DELETE_FORM(_ZdlPvmSt11align_val_t,
            (void *p, size_t size, size_t alignment),
            UNLESS_ALIGNED_OVERRIDDEN(
	            _ZdlPvSt11align_val_t, ma_newdelete_one_aligned, p,
	            alignment,
	            delete_sized_aligned(p, size, alignment,
	                                 "operator delete")))
DELETE_FORM(_ZdaPvmSt11align_val_t,
            (void *p, size_t size, size_t alignment),
            UNLESS_ALIGNED_OVERRIDDEN(
	            _ZdaPvSt11align_val_t, ma_newdelete_array_aligned, p,
	            alignment,
	            UNLESS_ALIGNED_OVERRIDDEN(
		            _ZdlPvSt11align_val_t, ma_newdelete_one_aligned,
		            p, alignment,
		            delete_sized_aligned(p, size, alignment,
		                                 "operator delete[]"))))
