/* SPDX-License-Identifier: MIT */
/*
 * fake_os.h - a scripted system in place of os_*.c.
 *
 * fake_os.c defines every function of src/os.h.  The memory it gives is real:
 * the break moves in a range that is reserved at the first call, so that it
 * is always the same distance from its start; what is beyond it cannot be
 * touched.  A test says which calls are refused, moves the break as others
 * do, sets the clock, and reads what was written.
 */
#ifndef TEST_FAKE_OS_H
#define TEST_FAKE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fake_call {
	FAKE_BREAK_EXTEND,
	FAKE_BREAK_LOWER,
	FAKE_MAP,
	FAKE_UNMAP,
	FAKE_PURGE,
	FAKE_RESIZE,
	FAKE_MOVE,
	FAKE_WRITE,
	FAKE_CALLS
};

/* Refuse the Nth call from now on (1: the next), once. */
void fake_os_refuse_nth(enum fake_call call, unsigned n);

/* Refuse every one, or none. */
void fake_os_refuse(enum fake_call call, bool all);

/* How often it was called, refused calls included. */
unsigned fake_os_count(enum fake_call call);

/* Calls of all kinds. */
unsigned fake_os_count_all(void);

/* Others move the break by NBYTES, down if negative. */
void fake_os_foreign_break(ptrdiff_t nbytes);

/* The next extension of the break is said to start at START. */
void fake_os_next_break_at(uintptr_t start);

/*
 * Before the first call: the break starts in the slice at START.  False if
 * that cannot be had here.
 */
bool fake_os_break_from(uintptr_t start);

/* Where the break is. */
uintptr_t fake_os_break(void);

/*
 * Tests that count what was given back, slice by slice, ask for this: else what
 * is no whole page stays.  Pages are of 4 KiB, or of FAKE_PAGE_KIB, or of those
 * of the system if that has longer ones.
 */
#define SLICES_ARE_PAGES (ma_os_page_size() <= MA_SLICE_SIZE)

/* Bytes of mappings that were made and not unmapped. */
size_t fake_os_mapped(void);

/* Bytes that were purged so far. */
size_t fake_os_purged(void);

/* Bytes for which huge pages were asked for so far. */
size_t fake_os_huge_pages(void);

/* Bytes for which they were declined again. */
size_t fake_os_no_huge_pages(void);

/* The clock. */
void fake_os_advance(uint64_t milliseconds);

/* What was written so far, as a string; it is then forgotten. */
const char *fake_os_text(void);

/* What ma_os_is_secure and ma_os_random say. */
extern size_t fake_os_address_limit; /* 0: no reserve is set aside */
extern bool fake_os_secure;
extern uint64_t fake_os_random_words[5];
extern char **fake_os_environment;

#endif /* TEST_FAKE_OS_H */
