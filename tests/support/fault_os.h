/* SPDX-License-Identifier: MIT */
/*
 * fault_os.h - the real system, which refuses some calls.
 *
 * fault_os.c stands between the core and os_break.c and os_map.c: a call is
 * passed on, or refused as the system would refuse it.  Unlike fake_os.c it
 * may be called by any number of threads.
 */
#ifndef TEST_FAULT_OS_H
#define TEST_FAULT_OS_H

#include <stdbool.h>

enum fault_call {
	FAULT_BREAK_EXTEND,
	FAULT_BREAK_LOWER,
	FAULT_MAP,
	FAULT_UNMAP,
	FAULT_PURGE,
	FAULT_RESIZE,
	FAULT_MOVE,
	/* What only the hardened build does; refused by number, and at random
	   after fault_os_refuse_guards_too. */
	FAULT_MARK, /* Guards become protected pages. */
	FAULT_GUARD,
	FAULT_UNGUARD,
	FAULT_CALLS
};

/* Refuse the Nth call from now on (1: the next), once. */
void fault_os_refuse_nth(enum fault_call call, unsigned n);

/* Refuse one call in N, at random; 0: none, also none by number. */
void fault_os_refuse_one_in(unsigned n);

/* Are marks and guards refused at random, too? */
void fault_os_refuse_guards_too(bool yes);

/* Before the first mark: they are said to be there, and are not. */
void fault_os_ignore_marks(void);

/* How often it was refused so far. */
unsigned long fault_os_refused(enum fault_call call);

#endif /* TEST_FAULT_OS_H */
