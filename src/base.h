/* SPDX-License-Identifier: MIT */
/*
 * base.h - what every file needs: the platform's facts, attributes, limits.
 *
 * Included first by every source file, before any system header.  Platforms
 * are told apart here (and in os_*, bits.h, lock.h) and nowhere else, by
 * predefined macros alone: the amalgamation is compiled without configure.
 */
#ifndef MA_BASE_H
#define MA_BASE_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Build with all invariants asserted (configure --enable-debug). */
#ifndef MA_DEBUG
#define MA_DEBUG 0
#endif

/*
 * 0: a build that tells what the checks of each malloc and free cost, for
 * measuring only: a free block has no mark, and misuse goes unseen.
 */
#ifndef MA_CHECKS
#define MA_CHECKS 1
#endif

/*
 * 1: the hardened build, libmemalloc-hardened.so: what an attack needs is
 * taken away, at a price (hardened.h).
 */
#ifndef MA_HARDENED
#define MA_HARDENED 0
#endif

/*
 * Hardened builds that tell what each protection costs, for measuring only:
 * the sum of those that are left out.
 */
#ifndef MA_WITHOUT
#define MA_WITHOUT 0
#endif
#define MA_WITHOUT_QUARANTINE (MA_WITHOUT & 1)
#define MA_WITHOUT_ZEROING (MA_WITHOUT & 2)
#define MA_WITHOUT_FILL (MA_WITHOUT & 4)	/* canaries have one word */
#define MA_WITHOUT_GUARDS (MA_WITHOUT & 8)
#define MA_WITHOUT_SHUFFLING (MA_WITHOUT & 16)

/*
 * 1: code for a shared object, and not for a program of any kind.  libtool
 * says -DPIC for these; else what could be in one is taken to be.
 */
#ifndef MA_IN_SHARED
#if defined(MA_BY_LIBTOOL) ? defined(PIC) : \
	defined(__PIC__) && !defined(__PIE__)
#define MA_IN_SHARED 1
#else
#define MA_IN_SHARED 0
#endif
#endif

#define MA_EXPORT __attribute__((visibility("default")))
#define MA_HIDDEN __attribute__((visibility("hidden")))
#define MA_INLINE static inline __attribute__((always_inline))
#define MA_COLD __attribute__((cold, noinline))
#define MA_NOINLINE __attribute__((noinline))
/* A function that ends with MA_JUMP return f(...) jumps there, at any -O. */
#ifdef __clang__
#define MA_JUMPS
#define MA_JUMP __attribute__((musttail))
#else
#define MA_JUMPS __attribute__((optimize("O2")))
#define MA_JUMP
#endif
#define MA_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MA_LIKELY(x) __builtin_expect(!!(x), 1)
#define MA_UNLIKELY(x) __builtin_expect(!!(x), 0)

/*
 * Reads memory that its owner may be writing, on purpose: the thread
 * sanitizer would report the walkers' reads, the address sanitizer nothing
 * (our blocks are not its own).
 */
#define MA_RACY_READ __attribute__((no_sanitize("thread")))

/*
 * Large arrays, zero and mostly untouched: as common symbols they stand behind
 * all other variables, which so share fewer pages.
 */
#define MA_BEHIND __attribute__((common))

/*
 * The one thread-local object must not make the loader allocate: the
 * initial-exec model, kept small enough for a late dlopen.
 */
#define MA_THREAD_LOCAL \
	__thread __attribute__((tls_model("initial-exec")))

/*
 * Destructors of thread-local keys run in so many rounds (POSIX: at least);
 * the thread sanitizer's own end the thread for it early in the last.
 */
#if defined(__SANITIZE_THREAD__)
#define MA_KEY_ROUNDS 3
#else
#define MA_KEY_ROUNDS 4
#endif

#define MA_CACHE_LINE 64

/* Addresses that the page map covers; what lies beyond is refused. */
#if UINTPTR_MAX <= 0xffffffffu
#define MA_ADDRESS_BITS 32
#elif defined(__aarch64__) || defined(__riscv)
#define MA_ADDRESS_BITS 48
#else
#define MA_ADDRESS_BITS 47
#endif

/* A slice is the unit of the page map: 16 KiB. */
#define MA_SLICE_SHIFT 14
#define MA_SLICE_SIZE ((size_t)1 << MA_SLICE_SHIFT)

/* Every block is aligned to this (max_align_t, and SSE code by habit). */
#define MA_ALIGNMENT ((size_t)16)

/* No object may exceed this, so that pointers into it can be subtracted. */
#define MA_SIZE_LIMIT ((size_t)PTRDIFF_MAX)

MA_INLINE size_t
ma_align_up(size_t n, size_t alignment)
{
	return (n + alignment - 1) & ~(alignment - 1);
}

MA_INLINE size_t
ma_align_down(size_t n, size_t alignment)
{
	return n & ~(alignment - 1);
}

MA_INLINE bool
ma_is_power_of_two(size_t n)
{
	return n != 0 && (n & (n - 1)) == 0;
}

/* Slices that NBYTES need; NBYTES is at most MA_SIZE_LIMIT. */
MA_INLINE size_t
ma_slices_for(size_t nbytes)
{
	return (nbytes + MA_SLICE_SIZE - 1) >> MA_SLICE_SHIFT;
}

#if MA_DEBUG
MA_HIDDEN MA_COLD void
ma_assert_failed(const char *file, int line, const char *what);
#define ma_assert(cond) \
	((cond) ? (void)0 : ma_assert_failed(__FILE__, __LINE__, #cond))
#else
#define ma_assert(cond) ((void)sizeof(cond))
#endif

#endif /* MA_BASE_H */
