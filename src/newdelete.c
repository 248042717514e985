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

/* void operator delete(void *) and its array form */
DELETE_FORM(_ZdlPv, (void *p), ma_free(p, "operator delete"))
DELETE_FORM(_ZdaPv, (void *p), ma_free(p, "operator delete[]"))

/* (void *, const std::nothrow_t &) */
DELETE_FORM(_ZdlPvRKSt9nothrow_t, (void *p, const struct nothrow *tag),
            (void)tag; ma_free(p, "operator delete"))
DELETE_FORM(_ZdaPvRKSt9nothrow_t, (void *p, const struct nothrow *tag),
            (void)tag; ma_free(p, "operator delete[]"))

/* (void *, std::size_t) */
DELETE_FORM(_ZdlPvm, (void *p, size_t size),
            ma_free_checked(p, 1, size, "operator delete"))
DELETE_FORM(_ZdaPvm, (void *p, size_t size),
            ma_free_checked(p, 1, size, "operator delete[]"))

/* (void *, std::align_val_t) */
DELETE_FORM(_ZdlPvSt11align_val_t, (void *p, size_t alignment),
            ma_free_aligned(p, alignment, "operator delete"))
DELETE_FORM(_ZdaPvSt11align_val_t, (void *p, size_t alignment),
            ma_free_aligned(p, alignment, "operator delete[]"))

/* (void *, std::align_val_t, const std::nothrow_t &) */
DELETE_FORM(_ZdlPvSt11align_val_tRKSt9nothrow_t,
            (void *p, size_t alignment, const struct nothrow *tag),
            (void)tag; ma_free_aligned(p, alignment, "operator delete"))
DELETE_FORM(_ZdaPvSt11align_val_tRKSt9nothrow_t,
            (void *p, size_t alignment, const struct nothrow *tag),
            (void)tag; ma_free_aligned(p, alignment, "operator delete[]"))

/* (void *, std::size_t, std::align_val_t) */
DELETE_FORM(_ZdlPvmSt11align_val_t,
            (void *p, size_t size, size_t alignment),
            ma_free_checked(p, alignment, size, "operator delete"))
DELETE_FORM(_ZdaPvmSt11align_val_t,
            (void *p, size_t size, size_t alignment),
            ma_free_checked(p, alignment, size, "operator delete[]"))
