/* SPDX-License-Identifier: MIT */
/*
 * newdelete.c - the forms of C++ operator new and delete, by their mangled
 * names.
 *
 * operator delete: without these libstdc++'s would be as right, since they
 * call free; here the sized forms verify the size, and the aligned ones the
 * alignment.
 *
 * operator new: the hit, without a jump from the C++ library to malloc, and a
 * name by which the option mismatch knows the block.  What is refused goes to
 * the C++ library's own form, which asks malloc once more, calls the new
 * handler and throws, as C cannot.  In the shared library alone: the C++
 * library's archive would not be drawn in, and nobody could throw.
 */
#include "base.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "alloc.h"
#include "error.h"
#include "maker.h"
#include "option.h"
#include "override.h"
#include "thread.h"

/*
 * Who links the archive gets these as soon as the program deletes; then
 * operator new must call our malloc, not the C library's.
 */
__attribute__((used)) static void *(*const malloc_of_new)(size_t) = malloc;

/* The letter that stands for size_t in a name. */
#if UINTPTR_MAX <= 0xffffffffu
#define SIZED(before, behind) before##j##behind
#else
#define SIZED(before, behind) before##m##behind
#endif

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
	                  ma_free_checked(p, 1, size, true, function))
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
DELETE_FORM(SIZED(_ZdlPv, ), (void *p, size_t size),
            UNLESS_OVERRIDDEN(_ZdlPv, ma_newdelete_one, p,
                              delete_sized(p, size, "operator delete")))
DELETE_FORM(SIZED(_ZdaPv, ), (void *p, size_t size),
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
	                  ma_free_checked(p, alignment, size, true,
	                                  function))
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
DELETE_FORM(SIZED(_ZdlPv, St11align_val_t),
            (void *p, size_t size, size_t alignment),
            UNLESS_ALIGNED_OVERRIDDEN(
	            _ZdlPvSt11align_val_t, ma_newdelete_one_aligned, p,
	            alignment,
	            delete_sized_aligned(p, size, alignment,
	                                 "operator delete")))
DELETE_FORM(SIZED(_ZdaPv, St11align_val_t),
            (void *p, size_t size, size_t alignment),
            UNLESS_ALIGNED_OVERRIDDEN(
	            _ZdaPvSt11align_val_t, ma_newdelete_array_aligned, p,
	            alignment,
	            UNLESS_ALIGNED_OVERRIDDEN(
		            _ZdlPvSt11align_val_t, ma_newdelete_one_aligned,
		            p, alignment,
		            delete_sized_aligned(p, size, alignment,
		                                 "operator delete[]"))))

/* --- operator new ------------------------------------------------------- */

#if MA_IN_SHARED

enum form {
	ONE, ARRAY, ONE_QUIET, ARRAY_QUIET,
	ONE_ALIGNED, ARRAY_ALIGNED, ONE_ALIGNED_QUIET, ARRAY_ALIGNED_QUIET
};

#define QUOTED(x) #x
#define NAME(symbol) QUOTED(symbol)

static const struct {
	const char *symbol, *function;
} forms[] = {
	{ NAME(SIZED(_Znw, )), "operator new" },
	{ NAME(SIZED(_Zna, )), "operator new[]" },
	{ NAME(SIZED(_Znw, RKSt9nothrow_t)), "operator new" },
	{ NAME(SIZED(_Zna, RKSt9nothrow_t)), "operator new[]" },
	{ NAME(SIZED(_Znw, St11align_val_t)), "operator new" },
	{ NAME(SIZED(_Zna, St11align_val_t)), "operator new[]" },
	{ NAME(SIZED(_Znw, St11align_val_tRKSt9nothrow_t)), "operator new" },
	{ NAME(SIZED(_Zna, St11align_val_tRKSt9nothrow_t)), "operator new[]" },
};

/* What stands behind us in the order of symbols; atomic. */
static void *next_forms[sizeof(forms) / sizeof(forms[0])];

/* SYMBOL as the object that is loaded from FILE, or what it needs, has it. */
static void *
find_in(const char *file, const char *symbol)
{
	void *object = dlopen(file, RTLD_LAZY | RTLD_NOLOAD), *found = NULL;
	Dl_info ours, its;

	if (object == NULL)
		return NULL;
	found = dlsym(object, symbol);
	dlclose(object);
	/* That object may need this one. */
	if (found != NULL && dladdr(next_forms, &ours) != 0 &&
	    dladdr(found, &its) != 0 && ours.dli_fbase == its.dli_fbase)
		return NULL;
	return found;
}

/*
 * The C++ library's FORM, for who called us from CALLER: a plugin may have
 * brought that library with it, for itself alone.
 */
static MA_COLD void *
find_form(enum form form, const void *caller)
{
	static const char *const libraries[] = {
		"libstdc++.so.6", "libc++.so.1", "libc++abi.so.1"
	};
	const char *symbol = forms[form].symbol;
	void *next = __atomic_load_n(&next_forms[form], __ATOMIC_RELAXED);
	Dl_info info;

	if (next != NULL)
		return next;
	next = dlsym(RTLD_NEXT, symbol);
	if (next != NULL) {
		__atomic_store_n(&next_forms[form], next, __ATOMIC_RELAXED);
		return next;
	}
	if (dladdr(caller, &info) != 0)
		next = find_in(info.dli_fname, symbol);
	for (size_t i = 0; i < 3 && next == NULL; i++)
		next = find_in(libraries[i], symbol);
	return next;
}

/* What FORM was asked for, and from where. */
struct request {
	size_t size, alignment;
	const struct nothrow *tag;
	const void *caller;
};

static void *
ask_next(enum form form, const struct request *r)
{
	void *next = find_form(form, r->caller);

	switch (form) {
	case ONE_QUIET:
	case ARRAY_QUIET:
		return next == NULL ? NULL :
			((void *(*)(size_t, const struct nothrow *))next)(
				r->size, r->tag);
	case ONE_ALIGNED_QUIET:
	case ARRAY_ALIGNED_QUIET:
		return next == NULL ? NULL :
			((void *(*)(size_t, size_t, const struct nothrow *))
			 next)(r->size, r->alignment, r->tag);
	default:
		break;
	}
	if (next == NULL)
		ma_error_die(MEMALLOC_ERR_NO_MEMORY, forms[form].function,
		             NULL, "cannot throw: a request of %zu bytes was "
		             "refused, and no C++ library was found",
		             r->size);
	return form < ONE_ALIGNED ? ((void *(*)(size_t))next)(r->size) :
		((void *(*)(size_t, size_t))next)(r->size, r->alignment);
}

/* What did not hit, or is not to: then the program has a malloc of its own. */
static MA_COLD void *
new_slow(enum form form, bool is_ours, const struct request *r)
{
	const char *function = forms[form].function;
	void *p = NULL;

	/* The next form asks malloc before it tells anybody. */
	ma_thread.asks_again = true;
	if (is_ours && ma_is_power_of_two(r->alignment))
		p = ma_alloc_any(r->size == 0 ? 1 : r->size, r->alignment,
		                 false, function);
	ma_thread.asks_again = false;
	if (p != NULL)
		return p;
	p = ask_next(form, r);
	if (ma_options.mismatch && p != NULL)
		ma_maker_note(p, function);
	return p;
}

/* FORM, if it is to end in our malloc (IS_OURS). */
MA_INLINE void *
new_block(enum form form, bool is_ours, size_t size, size_t alignment,
          const struct nothrow *tag)
{
	void *p = !is_ours ? NULL : form < ONE_ALIGNED ? ma_hit_alloc(size) :
		ma_is_power_of_two(alignment) ?
		ma_hit_alloc_aligned(alignment, size) : NULL;

	if (MA_UNLIKELY(p == NULL)) {
		struct request r = { size, alignment, tag,
		                     __builtin_return_address(0) };

		p = new_slow(form, is_ours, &r);
	}
	return p;
}

#define NEW_FORM(name, parameters, body) \
	MA_EXPORT void *name parameters; \
	void *name parameters { return body; }

#define MALLOC_IS_OURS MA_OVERRIDE_IS_OURS(malloc, ma_override_malloc)
/* The forms that end in another one, where the program brings that. */
#define ONE_IS_OURS \
	(MALLOC_IS_OURS && MA_OVERRIDE_IS_OURS(SIZED(_Znw, ), ma_newdelete_new))
#define ARRAY_IS_OURS \
	(ONE_IS_OURS && \
	 MA_OVERRIDE_IS_OURS(SIZED(_Zna, ), ma_newdelete_new_array))
#define ONE_ALIGNED_IS_OURS \
	(MALLOC_IS_OURS && MA_OVERRIDE_IS_OURS(SIZED(_Znw, St11align_val_t), \
	                                       ma_newdelete_new_aligned))

#define ARRAY_ALIGNED_IS_OURS \
	(ONE_ALIGNED_IS_OURS && \
	 MA_OVERRIDE_IS_OURS(SIZED(_Zna, St11align_val_t), \
	                     ma_newdelete_new_array_aligned))

/* void *operator new(std::size_t), and its array form */
NEW_FORM(SIZED(_Znw, ), (size_t size),
         new_block(ONE, MALLOC_IS_OURS, size, 1, NULL))
ALIAS(MA_HIDDEN, SIZED(_Znw, ), ma_newdelete_new);
NEW_FORM(SIZED(_Zna, ), (size_t size),
         new_block(ARRAY, ONE_IS_OURS, size, 1, NULL))
ALIAS(MA_HIDDEN, SIZED(_Zna, ), ma_newdelete_new_array);

/* (std::size_t, const std::nothrow_t &) */
NEW_FORM(SIZED(_Znw, RKSt9nothrow_t), (size_t size, const struct nothrow *tag),
         new_block(ONE_QUIET, ONE_IS_OURS, size, 1, tag))
NEW_FORM(SIZED(_Zna, RKSt9nothrow_t), (size_t size, const struct nothrow *tag),
         new_block(ARRAY_QUIET, ARRAY_IS_OURS, size, 1, tag))

/* (std::size_t, std::align_val_t) */
NEW_FORM(SIZED(_Znw, St11align_val_t), (size_t size, size_t alignment),
         new_block(ONE_ALIGNED, MALLOC_IS_OURS, size, alignment, NULL))
ALIAS(MA_HIDDEN, SIZED(_Znw, St11align_val_t), ma_newdelete_new_aligned);
NEW_FORM(SIZED(_Zna, St11align_val_t), (size_t size, size_t alignment),
         new_block(ARRAY_ALIGNED, ONE_ALIGNED_IS_OURS, size, alignment, NULL))
ALIAS(MA_HIDDEN, SIZED(_Zna, St11align_val_t), ma_newdelete_new_array_aligned);

/* (std::size_t, std::align_val_t, const std::nothrow_t &) */
NEW_FORM(SIZED(_Znw, St11align_val_tRKSt9nothrow_t),
         (size_t size, size_t alignment, const struct nothrow *tag),
         new_block(ONE_ALIGNED_QUIET, ONE_ALIGNED_IS_OURS, size, alignment,
                   tag))
NEW_FORM(SIZED(_Zna, St11align_val_tRKSt9nothrow_t),
         (size_t size, size_t alignment, const struct nothrow *tag),
         new_block(ARRAY_ALIGNED_QUIET, ARRAY_ALIGNED_IS_OURS, size, alignment,
                   tag))

/* A program's own operator new calls malloc, and its delete may be ours. */
__attribute__((constructor)) static void
look_for_new(void)
{
	ma_maker_knows_new = ONE_ALIGNED_IS_OURS && ONE_IS_OURS;
}

#endif /* MA_IN_SHARED */
