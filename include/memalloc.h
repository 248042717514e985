/* SPDX-License-Identifier: MIT */
/*
 * memalloc.h - a general-purpose memory allocator that shows its heap.
 *
 * The standard names (malloc, free, ...) keep their declarations in
 * <stdlib.h> and <malloc.h>; a program that only wants a faster malloc needs
 * no header at all: it links with -lmemalloc or runs under
 * LD_PRELOAD=libmemalloc.so.0.  This header declares what memalloc adds:
 *
 *   - a prefixed twin of every allocation function.  Twins and standard
 *     names work on the same heap: what one returns the other may free.
 *   - errors by code: memalloc_last_error(), memalloc_strerror(),
 *     memalloc_set_error_handler().
 *   - a look at the heap: memalloc_print_heap(), memalloc_walk(),
 *     memalloc_check(), memalloc_stats().
 *
 * Three notions hold for every function unless its text says otherwise:
 *
 *   Sizes are in bytes.
 *   Thread safety: any thread may call at any time (MT-Safe).
 *   Signal safety: not async-signal-safe, as malloc is not (AS-Unsafe).
 *
 * Every call that fails sets the calling thread's last error; a call that
 * returns NULL for want of memory also sets errno to ENOMEM.  A call that
 * succeeds leaves the last error alone.
 *
 * Misuse (freeing what is not the start of a live block, and the like)
 * prints one line on standard error, calls the error handler if there is
 * one, and aborts the process: going on would corrupt the heap.
 */
#ifndef MEMALLOC_H
#define MEMALLOC_H

#include <stddef.h>

/* The version of this header; memalloc_version() tells the library's. */
#define MEMALLOC_VERSION_MAJOR 0
#define MEMALLOC_VERSION_MINOR 1
#define MEMALLOC_VERSION_PATCH 0
#define MEMALLOC_VERSION_STRING "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define MEMALLOC_ATTR_EXPORT __attribute__((visibility("default")))
#define MEMALLOC_ATTR_MALLOC __attribute__((malloc, warn_unused_result))
#define MEMALLOC_ATTR_RESULT __attribute__((warn_unused_result))
#define MEMALLOC_ATTR_SIZE(n) __attribute__((alloc_size(n)))
#define MEMALLOC_ATTR_SIZE2(n, m) __attribute__((alloc_size(n, m)))
#define MEMALLOC_ATTR_ALIGN(n) __attribute__((alloc_align(n)))
#define MEMALLOC_ATTR_CONST __attribute__((const))
#else
#define MEMALLOC_ATTR_EXPORT
#define MEMALLOC_ATTR_MALLOC
#define MEMALLOC_ATTR_RESULT
#define MEMALLOC_ATTR_SIZE(n)
#define MEMALLOC_ATTR_SIZE2(n, m)
#define MEMALLOC_ATTR_ALIGN(n)
#define MEMALLOC_ATTR_CONST
#endif
/* gcc pairs an allocator with its deallocator, for -fanalyzer. */
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 11
#define MEMALLOC_ATTR_FREED_BY(f) __attribute__((malloc(f, 1)))
#else
#define MEMALLOC_ATTR_FREED_BY(f)
#endif
#if defined(__cplusplus) && __cplusplus >= 201103L
#define MEMALLOC_ATTR_NOTHROW noexcept
#elif defined(__cplusplus)
#define MEMALLOC_ATTR_NOTHROW throw()
#elif defined(__GNUC__) || defined(__clang__)
#define MEMALLOC_ATTR_NOTHROW __attribute__((nothrow))
#else
#define MEMALLOC_ATTR_NOTHROW
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Errors ------------------------------------------------------------- */

/*
 * Why a call failed.  Values never change their meaning; new ones are added
 * at the end.
 */
enum memalloc_error {
	MEMALLOC_OK = 0,            /* No error so far in this thread. */
	MEMALLOC_ERR_NO_MEMORY,     /* The system gave no memory (ENOMEM). */
	MEMALLOC_ERR_SIZE,          /* The size is beyond PTRDIFF_MAX, or a
	                               product overflows (ENOMEM). */
	MEMALLOC_ERR_ALIGNMENT,     /* The alignment is not one that this
	                               function takes (EINVAL). */
	MEMALLOC_ERR_ARGUMENT,      /* Another argument makes no sense
	                               (EINVAL). */
	MEMALLOC_ERR_POINTER,       /* Misuse: the pointer is not memalloc's. */
	MEMALLOC_ERR_INTERIOR,      /* Misuse: it lies inside a block. */
	MEMALLOC_ERR_DOUBLE_FREE,   /* Misuse: the block is free already. */
	MEMALLOC_ERR_SIZE_MISMATCH, /* Misuse: a sized free whose size or
	                               alignment cannot be the block's. */
	MEMALLOC_ERR_CORRUPT,       /* A free block was overwritten, or an
	                               invariant of the heap does not hold. */
	MEMALLOC_ERR_OPTION,        /* An option in MEMALLOC_CONF or a mallopt
	                               parameter was not understood. */
	MEMALLOC_ERR_OUTPUT,        /* Writing to the descriptor failed (errno
	                               is write's). */
	MEMALLOC_ERR_ZERO_REALLOC,  /* realloc(p, 0) under the option
	                               zero_realloc:abort. */
	MEMALLOC_ERR_MISMATCH,      /* Misuse under the option mismatch: malloc
	                               and free, new and delete, new[] and
	                               delete[] were mixed. */
	MEMALLOC_ERR_COUNT          /* The number of codes; never returned. */
};

/*
 * The code of the last failure in the calling thread, MEMALLOC_OK if there
 * was none.  In an error handler: the code of the misuse.
 * Async-signal-safe.  Never fails.
 */
MEMALLOC_ATTR_EXPORT enum memalloc_error
memalloc_last_error(void) MEMALLOC_ATTR_NOTHROW;

/*
 * A short English sentence for CODE, without a full stop; "unknown error"
 * for what is no code.  The string is constant.  Async-signal-safe.
 */
MEMALLOC_ATTR_EXPORT const char *
memalloc_strerror(enum memalloc_error code)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_CONST;

/*
 * Called upon misuse and corruption, after the message was written and
 * before the process aborts.  FUNCTION is the public function that found it
 * ("free"), POINTER its argument or the damaged block.  It runs in the
 * thread that called FUNCTION, possibly with locks of the heap held: it must
 * not allocate or free.  If it returns, the process aborts; it may leave by
 * _exit() or by raising a signal.
 */
typedef void memalloc_error_handler(enum memalloc_error code,
                                    const char *function,
                                    const void *pointer);

/*
 * Set the handler of the process; NULL removes it.  Returns the one before.
 * Async-signal-safe.  Never fails.
 */
MEMALLOC_ATTR_EXPORT memalloc_error_handler *
memalloc_set_error_handler(memalloc_error_handler *handler)
	MEMALLOC_ATTR_NOTHROW;

/* --- Allocation --------------------------------------------------------- */

/*
 * Free the block at P; NULL is ignored.  errno is preserved (POSIX.1-2024).
 * Misuse, if P is not the start of a live block, aborts.  C17 7.22.3.3.
 */
MEMALLOC_ATTR_EXPORT void
memalloc_free(void *p) MEMALLOC_ATTR_NOTHROW;

/*
 * A block of at least SIZE bytes with any content, aligned to 16; for SIZE 0
 * a unique block that may be freed but not accessed.  NULL and ENOMEM if
 * there is no memory (NO_MEMORY) or SIZE exceeds PTRDIFF_MAX (SIZE).
 * C17 7.22.3.4.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_malloc(size_t size) MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free) MEMALLOC_ATTR_SIZE(1);

/*
 * A block for COUNT objects of SIZE bytes, all bytes zero.  Like malloc;
 * a product that overflows fails with ENOMEM (SIZE).  C17 7.22.3.2.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_calloc(size_t count, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free) MEMALLOC_ATTR_SIZE2(1, 2);

/*
 * Change the size of the block at P, which may move; the content up to the
 * smaller size is kept.  P NULL: malloc(SIZE).  SIZE 0: frees P and returns
 * NULL, errno unchanged (as glibc; the option zero_realloc changes it).  On
 * failure NULL, as malloc, and the block at P is untouched.  C17 7.22.3.5.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_realloc(void *p, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_RESULT MEMALLOC_ATTR_SIZE(2);

/*
 * realloc(P, COUNT * SIZE), failing with ENOMEM (SIZE) where the product
 * overflows; the block is then untouched.  POSIX.1-2024.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_reallocarray(void *p, size_t count, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_RESULT
	MEMALLOC_ATTR_SIZE2(2, 3);

/*
 * realloc that frees P when it fails, so that `p = reallocf(p, n)` does not
 * leak.  FreeBSD.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_reallocf(void *p, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_RESULT MEMALLOC_ATTR_SIZE(2);

/*
 * Grow or shrink an array from OLD_COUNT to COUNT objects of SIZE bytes;
 * what is added is zero, and what is given up is zeroed before it is freed.
 * P NULL: calloc(COUNT, SIZE).  NULL with EINVAL (ARGUMENT) where
 * OLD_COUNT * SIZE overflows or exceeds the block, with ENOMEM as calloc;
 * the block is then untouched.  OpenBSD.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_recallocarray(void *p, size_t old_count, size_t count, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_RESULT
	MEMALLOC_ATTR_SIZE2(3, 4);

/*
 * A block of SIZE bytes at a multiple of ALIGNMENT, a power of two (else
 * NULL and EINVAL, ALIGNMENT).  SIZE need not be a multiple of ALIGNMENT.
 * Otherwise like malloc.  C17 7.22.3.1.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_aligned_alloc(size_t alignment, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free)
	MEMALLOC_ATTR_ALIGN(1) MEMALLOC_ATTR_SIZE(2);

/*
 * Store a block of SIZE bytes at a multiple of ALIGNMENT in *OUT and return
 * 0; or return EINVAL (ALIGNMENT is not a power of two or not a multiple of
 * sizeof(void *)) or ENOMEM, leaving *OUT and errno alone.  POSIX.1-2001.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_posix_memalign(void **out, size_t alignment, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_RESULT;

/*
 * Like aligned_alloc, but an ALIGNMENT that is no power of two is rounded up
 * to one; beyond SIZE_MAX/2+1: NULL and EINVAL (ALIGNMENT).  SunOS, glibc.
 */
MEMALLOC_ATTR_EXPORT void *
memalloc_memalign(size_t alignment, size_t size)
	MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free) MEMALLOC_ATTR_SIZE(2);

/* memalign(page size, SIZE).  4.2BSD. */
MEMALLOC_ATTR_EXPORT void *
memalloc_valloc(size_t size) MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free) MEMALLOC_ATTR_SIZE(1);

/* valloc of SIZE rounded up to whole pages, at least one.  glibc. */
MEMALLOC_ATTR_EXPORT void *
memalloc_pvalloc(size_t size) MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_MALLOC
	MEMALLOC_ATTR_FREED_BY(memalloc_free) MEMALLOC_ATTR_SIZE(1);

/*
 * free(P) by a caller who knows the SIZE it asked malloc, calloc or realloc
 * for.  A size that cannot be the block's is misuse (SIZE_MISMATCH).
 * C23 7.24.3.4.
 */
MEMALLOC_ATTR_EXPORT void
memalloc_free_sized(void *p, size_t size) MEMALLOC_ATTR_NOTHROW;

/*
 * The same for a block of aligned_alloc(ALIGNMENT, SIZE).  C23 7.24.3.5.
 */
MEMALLOC_ATTR_EXPORT void
memalloc_free_aligned_sized(void *p, size_t alignment, size_t size)
	MEMALLOC_ATTR_NOTHROW;

/*
 * Overwrite the first SIZE bytes of the block at P with zero, in a way that
 * no compiler removes, then free it.  NULL is ignored.  A SIZE beyond the
 * block is misuse (SIZE_MISMATCH).  OpenBSD.
 */
MEMALLOC_ATTR_EXPORT void
memalloc_freezero(void *p, size_t size) MEMALLOC_ATTR_NOTHROW;

/* free(P), under the name that SunOS gave it. */
MEMALLOC_ATTR_EXPORT void
memalloc_cfree(void *p) MEMALLOC_ATTR_NOTHROW;

/*
 * How many bytes from P on belong to the block at P: at least what was asked
 * for, and the same for the block's whole life.  NULL: 0.  Misuse, if P is
 * not the start of a live block, aborts.  glibc's malloc_usable_size.
 */
MEMALLOC_ATTR_EXPORT size_t
memalloc_usable_size(const void *p) MEMALLOC_ATTR_NOTHROW;

/*
 * The usable size that malloc(SIZE) gives at least: a caller that can use more
 * than SIZE asks for this instead.  0 if SIZE exceeds PTRDIFF_MAX.
 * Async-signal-safe.  Darwin's malloc_good_size.
 */
MEMALLOC_ATTR_EXPORT size_t
memalloc_good_size(size_t size) MEMALLOC_ATTR_NOTHROW;

/*
 * Give free memory back to the system: the calling thread's bins, all inboxes
 * and the heaps of ended threads are flushed, the pages of free spans are
 * purged, and the break is lowered, but for PAD bytes kept at its top.  Other
 * threads flush their bins at their next slow path.  Returns 1 if memory was
 * given back, else 0.  errno is preserved.  glibc's malloc_trim.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_trim(size_t pad) MEMALLOC_ATTR_NOTHROW;

/* --- Looking at the heap ------------------------------------------------ */

/*
 * Figures of the whole process, in bytes unless the name says otherwise.
 * The struct grows at its end only.
 *
 *   heap = live + cached + free + uncarved + slack
 */
struct memalloc_stats {
	size_t heap;         /* Address space of all spans, free and used. */
	size_t heap_peak;    /* The most that `heap` ever was. */
	size_t from_break;   /* Part of `heap` that came from the break. */
	size_t from_map;     /* Part of `heap` that was mapped. */
	size_t metadata;     /* Page map, span records, heaps; not in `heap`. */
	size_t live;         /* Blocks that the program holds. */
	size_t live_blocks;  /* Their number. */
	size_t cached;       /* Free blocks in threads' bins and in batches. */
	size_t free;         /* Free blocks in spans, and free spans. */
	size_t uncarved;     /* Parts of used spans never handed out. */
	size_t slack;        /* Ends of spans too small for a block. */
	size_t dirty;        /* Part of free spans not given back yet. */
	size_t spans;        /* Number of used spans. */
	size_t free_spans;   /* Number of free spans. */
	size_t heaps;        /* Number of threads' heaps ever made. */
	size_t purged;       /* Bytes given back so far, all together. */
	size_t zero_reallocs; /* Calls realloc(p, 0) so far. */
};

/*
 * Fill the first SIZE bytes of *OUT (use sizeof *OUT) with the figures and
 * return 0; or return EINVAL (ARGUMENT) if OUT is NULL or SIZE 0.  A caller
 * built with a larger struct than the library's gets zeros in the rest.
 * While other threads allocate the figures are approximate; they are exact,
 * and the equation above holds, when nothing moves.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_stats(struct memalloc_stats *out, size_t size)
	MEMALLOC_ATTR_NOTHROW;

/* What a record of memalloc_walk() describes. */
enum memalloc_record_kind {
	MEMALLOC_RECORD_SPAN,  /* A run of slices. */
	MEMALLOC_RECORD_BLOCK  /* A block in the span reported before it. */
};

enum memalloc_record_state {
	MEMALLOC_STATE_LIVE,     /* Span: used.  Block: held by the program. */
	MEMALLOC_STATE_FREE,     /* Free. */
	MEMALLOC_STATE_UNCARVED, /* Block: the span's part not yet handed out,
	                            reported as one record. */
	MEMALLOC_STATE_MOVING    /* Changed under the walker's eyes. */
};

/* The bin number of a span or block that belongs to no bin. */
#define MEMALLOC_BIN_NONE (-1)

struct memalloc_record {
	enum memalloc_record_kind kind;
	enum memalloc_record_state state;
	const void *address; /* First byte. */
	size_t size;         /* Its bytes; a span's records of blocks do not
	                        cover its slack at the end. */
	int bin;             /* Its bin, MEMALLOC_BIN_NONE for large blocks and
	                        free spans. */
	unsigned owner;      /* The number of the heap it belongs to, 0 none. */
	size_t used;         /* Span: blocks out of it. */
	size_t capacity;     /* Span: blocks it has room for. */
};

/*
 * A visitor: gets each record, and the ARG of memalloc_walk; returns 0 to go
 * on, anything else to stop.  It must not allocate or free.
 */
typedef int memalloc_visitor(const struct memalloc_record *record, void *arg);

/*
 * Call VISIT for each span in address order, and after each span for each of
 * its blocks in address order.  Returns 0, or what VISIT returned when it
 * stopped the walk; -1 and EINVAL (ARGUMENT) if VISIT is NULL.  It takes no
 * lock: what other threads change meanwhile is reported as moving, or as it
 * was a moment ago.  Async-signal-safe as far as VISIT is.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_walk(memalloc_visitor *visit, void *arg);

/*
 * Write the whole heap as text to descriptor FD with write(2): every span and
 * block in address order, then the bins, then totals:
 *
 *   span ADDR SIZE BIN OWNER USED/CAP      BIN is - for none
 *   block ADDR SIZE live|free|uncarved|moving
 *   bin N SIZE COUNT                       COUNT free blocks of SIZE
 *   total KEY BYTES                        heap, live, free, uncarved, slack
 *
 * A span that changes under the printer's eyes has the word moving at the end
 * of its line, and no blocks; a total moving is then printed too.
 * The totals add up, to the byte, over the records printed.  Returns 0, or -1
 * with errno of write (OUTPUT).  Allocates nothing and takes no lock; any
 * thread may call it at any time.  Async-signal-safe.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_print_heap(int fd) MEMALLOC_ATTR_NOTHROW;

/* memalloc_print_heap(1): the heap on standard output. */
MEMALLOC_ATTR_EXPORT void
print_mem_heap(void) MEMALLOC_ATTR_NOTHROW;

/*
 * Verify every invariant of the heap: spans, lists, marks, page map.  Returns
 * 0, or the number of the violated ones, each described by a line on standard
 * error that names its invariant (doc/DESIGN.md); the last error is then
 * CORRUPT.  A sound heap has none, whatever other threads do meanwhile; of
 * the bins of other running threads only what can be read without their
 * consent is verified.
 */
MEMALLOC_ATTR_EXPORT int
memalloc_check(void) MEMALLOC_ATTR_NOTHROW;

/* The library's version, "MAJOR.MINOR.PATCH".  Async-signal-safe. */
MEMALLOC_ATTR_EXPORT const char *
memalloc_version(void) MEMALLOC_ATTR_NOTHROW MEMALLOC_ATTR_CONST;

#ifdef __cplusplus
}
#endif

#undef MEMALLOC_ATTR_EXPORT
#undef MEMALLOC_ATTR_MALLOC
#undef MEMALLOC_ATTR_RESULT
#undef MEMALLOC_ATTR_SIZE
#undef MEMALLOC_ATTR_SIZE2
#undef MEMALLOC_ATTR_ALIGN
#undef MEMALLOC_ATTR_CONST
#undef MEMALLOC_ATTR_FREED_BY
#undef MEMALLOC_ATTR_NOTHROW

#endif /* MEMALLOC_H */
