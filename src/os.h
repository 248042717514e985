/* SPDX-License-Identifier: MIT */
/*
 * os.h - the contract with the system.
 *
 * Everything that memalloc asks of the system goes through the functions
 * below; os_break.c, os_map.c, os_place.c and os_linux.c implement it
 * and tests/support/fake_os.c is the scripted one of the tests.
 *
 * For all of them: sizes are in bytes and not 0; addresses and sizes are
 * multiples of the page size unless stated; errno is preserved; a refusal is
 * a result like any other (false or 0), never fatal.  All are thread-safe
 * and async-signal-safe, none allocates.
 */
#ifndef MA_OS_H
#define MA_OS_H

#include "base.h"

/* The system's page in bytes: a power of two, the same at each call. */
MA_HIDDEN size_t
ma_os_page_size(void);

/* --- The break (os_break.c) --------------------------------------------- */

/*
 * Move the break up by NBYTES.  Post: *START is the first new byte, page
 * alignment is not promised, and [*START, *START + NBYTES) is readable,
 * writable and ours.  It is zero but for the page that *START cuts.  *START
 * need not be where the last extension ended: others move the break too.
 */
MA_HIDDEN bool
ma_os_break_extend(size_t nbytes, uintptr_t *start);

/*
 * Move the break down to END - NBYTES if it still is at END.  Post: false,
 * and nothing changed, if it is elsewhere or the system refuses.
 */
MA_HIDDEN bool
ma_os_break_lower(uintptr_t end, size_t nbytes);

/*
 * The break as it is; 0 where there is none, or where other threads might move
 * it at this instant without waiting for us: then the two above fail.
 */
MA_HIDDEN uintptr_t
ma_os_break_current(void);

/* Do others who move the break come to break.c?  Set before main. */
MA_HIDDEN extern bool ma_os_break_watched;

/* The system's sbrk: for them. */
MA_HIDDEN void *
ma_os_break_move(intptr_t nbytes);

/* --- Mappings (os_map.c) ------------------------------------------------ */

/*
 * A new zeroed mapping of NBYTES at a multiple of ALIGNMENT, a power of two;
 * 0 if refused, or if it would lie where the page map does not reach.  It is
 * of whole pages and begins at one: where a page is longer than a slice, at
 * more than was asked for.
 */
MA_HIDDEN uintptr_t
ma_os_map(size_t nbytes, size_t alignment);

/* Give a mapping, or whole pages of one, back. */
MA_HIDDEN bool
ma_os_unmap(uintptr_t start, size_t nbytes);

/*
 * Give the pages back and keep the addresses.  Post: true: they read as
 * zero; false: they hold what they held (locked memory).
 */
MA_HIDDEN bool
ma_os_purge(uintptr_t start, size_t nbytes);

/*
 * How many of these bytes, at most MA_OS_RESIDENT_MAX of whole pages, are in
 * memory?  A hint, to choose between two right ways: what is swapped out is
 * not counted.  SIZE_MAX where the system does not tell.
 */
#define MA_OS_RESIDENT_MAX ((size_t)1 << 20)
MA_HIDDEN size_t
ma_os_resident(uintptr_t start, size_t nbytes);

/* Which pages of at most 64 are, in bits from the lowest; false: not told. */
MA_HIDDEN bool
ma_os_resident_pages(uintptr_t start, size_t nbytes, uint64_t *pages);

/*
 * Let the system use pages of MA_OS_HUGE_PAGE bytes here where one fits, or
 * no longer.  A hint.
 */
#define MA_OS_HUGE_PAGE ((size_t)2 << 20)
MA_HIDDEN void
ma_os_use_huge_pages(uintptr_t start, size_t nbytes, bool use);

/*
 * Grow or shrink a mapping from OLD to NBYTES without moving it.  What is
 * added is zero.
 */
MA_HIDDEN bool
ma_os_resize(uintptr_t start, size_t old, size_t nbytes);

/*
 * Move the pages of [FROM, FROM + NBYTES) to the mapping at TO, replacing
 * what is there, without copying.  Post: true: TO holds the bytes, FROM is
 * still mapped and reads as zero; false: FROM is as it was, TO is mapped and
 * holds anything.
 */
MA_HIDDEN bool
ma_os_move(uintptr_t from, size_t nbytes, uintptr_t to);

/* --- For messages (os_place.c) ------------------------------------------ */

/*
 * What lies at ADDRESS, as half a sentence: "it lies in /usr/lib/libx.so".
 * As much as the system tells; names are cut to MA_OS_PLACE_MAX bytes.
 */
#define MA_OS_PLACE_MAX ((size_t)128)
MA_HIDDEN MA_COLD void
ma_os_place(uintptr_t address, char place[MA_OS_PLACE_MAX + 32]);

/* False if the page of ADDRESS is known not to be mapped. */
MA_HIDDEN bool
ma_os_is_mapped(uintptr_t address);

/* --- The rest (os_linux.c) ---------------------------------------------- */

/* Write all of it, repeating after interruptions and short writes. */
MA_HIDDEN bool
ma_os_write(int fd, const char *text, size_t nbytes);

/* Milliseconds of a clock that never goes back; coarse, no system call. */
MA_HIDDEN uint64_t
ma_os_milliseconds(void);

/*
 * Words that an attacker cannot guess, also not one from the others, from
 * getrandom or, where that is refused, from the random bytes the kernel gives
 * each process at exec.
 */
#define MA_OS_RANDOM_WORDS 5
MA_HIDDEN void
ma_os_random(uint64_t words[MA_OS_RANDOM_WORDS]);

/* Does this process run with the privileges of another user? */
MA_HIDDEN bool
ma_os_is_secure(void);

/* How pages were made such that to touch them ends the process. */
enum ma_guard {
	MA_GUARD_NONE = 0,
	MA_GUARD_MARKED = 1,	/* in the page tables */
	MA_GUARD_PROTECTED = 2	/* by mappings of their own */
};

/*
 * Guard pages, whose content is lost; NONE if the system refuses, or if there
 * are so many mappings for guards that more might harm the process.
 */
MA_HIDDEN enum ma_guard
ma_os_guard(uintptr_t start, size_t nbytes);

/*
 * How much of a span's end its guard is: a page; nothing where pages are longer
 * than slices, so that spans end within one.  Of nothing no guard is made.
 */
MA_INLINE size_t
ma_os_guard_bytes(void)
{
	size_t page = ma_os_page_size();

	return page <= MA_SLICE_SIZE ? page : 0;
}

/* They can be used again, and are zero; false if refused.  KIND: of all that
   were guarded there, or'ed. */
MA_HIDDEN bool
ma_os_unguard(uintptr_t start, size_t nbytes, unsigned kind);

/* Addresses that nobody can use; 0 if refused. */
MA_HIDDEN uintptr_t
ma_os_map_nothing(size_t nbytes);

/*
 * How many bytes of addresses the process may have, or its break and private
 * mappings, if that is less; SIZE_MAX: no limit.
 */
MA_HIDDEN size_t
ma_os_address_limit(void);

/* The environment, or NULL as long as the C library has not set it up. */
MA_HIDDEN char **
ma_os_environment(void);

/* glibc 2.32: not 0 while the process has one thread.  A thread that is about
   to make the second one clears it before. */
extern char __libc_single_threaded __attribute__((weak));

/* Has the process surely no thread but the calling one? */
MA_INLINE bool
ma_os_is_alone(void)
{
	return &__libc_single_threaded != NULL && __libc_single_threaded;
}

/* The name the program was started by, "?" if unknown. */
MA_HIDDEN const char *
ma_os_program(void);

/* Sleep while *WORD is VALUE; may wake for no reason. */
MA_HIDDEN void
ma_os_wait(uint32_t *word, uint32_t value);

/* Wake one sleeper at WORD. */
MA_HIDDEN void
ma_os_wake(uint32_t *word);

/* Let another thread run. */
MA_HIDDEN void
ma_os_yield(void);

/* End the process by SIGABRT. */
MA_HIDDEN MA_COLD _Noreturn void
ma_os_abort(void);

#endif /* MA_OS_H */
