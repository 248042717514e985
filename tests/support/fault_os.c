/* SPDX-License-Identifier: MIT */
/*
 * fault_os.c - the real system, which refuses some calls (see fault_os.h).
 */
#include "fault_os.h"

#include <errno.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "base.h"
#include "os.h"
#include "random.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

static atomic_uint refuse_in[FAULT_CALLS];
static atomic_uint one_in;
static atomic_bool guards_too;
static atomic_bool marks_are_ignored;
static atomic_ulong refused[FAULT_CALLS];
static atomic_size_t drawn;

/* What fault_os_real.c makes of os_break.c and os_map.c. */
bool real_os_break_extend(size_t nbytes, uintptr_t *start);
bool real_os_break_lower(uintptr_t end, size_t nbytes);
uintptr_t real_os_map(size_t nbytes, size_t alignment);
bool real_os_unmap(uintptr_t start, size_t nbytes);
bool real_os_purge(uintptr_t start, size_t nbytes);
bool real_os_resize(uintptr_t start, size_t old, size_t nbytes);
bool real_os_move(uintptr_t from, size_t nbytes, uintptr_t to);
enum ma_guard real_os_guard(uintptr_t start, size_t nbytes);
bool real_os_unguard(uintptr_t start, size_t nbytes, unsigned kind);

/* What they call instead of madvise. */
int fault_os_madvise(void *start, size_t nbytes, int advice);

void
fault_os_refuse_nth(enum fault_call call, unsigned n)
{
	atomic_store(&refuse_in[call], n);
}

void
fault_os_refuse_one_in(unsigned n)
{
	for (int call = 0; n == 0 && call < FAULT_CALLS; call++) {
		atomic_store(&refuse_in[call], 0);
	}
	atomic_store(&one_in, n);
}

void
fault_os_refuse_guards_too(bool yes)
{
	atomic_store(&guards_too, yes);
}

void
fault_os_ignore_marks(void)
{
	atomic_store(&marks_are_ignored, true);
}

unsigned long
fault_os_refused(enum fault_call call)
{
	return atomic_load(&refused[call]);
}

/* Is this call the one that was counted down to? */
static bool
is_the_nth(enum fault_call call)
{
	unsigned left = atomic_load(&refuse_in[call]);

	while (left != 0 && !atomic_compare_exchange_weak(&refuse_in[call],
	                                                  &left, left - 1)) {
	}
	return left == 1;
}

static bool
is_drawn(void)
{
	unsigned n = atomic_load(&one_in);
	uint64_t at;

	if (n == 0) {
		return false;
	}
	at = atomic_fetch_add(&drawn, 1) * 0x9e3779b97f4a7c15u;
	return next_random(&at) % n == 0;
}

static bool
is_refused(enum fault_call call)
{
	bool may_draw = call < FAULT_MARK || atomic_load(&guards_too);

	if (!is_the_nth(call) && (!may_draw || !is_drawn())) {
		return false;
	}
	atomic_fetch_add(&refused[call], 1);
	return true;
}

bool
ma_os_break_extend(size_t nbytes, uintptr_t *start)
{
	return !is_refused(FAULT_BREAK_EXTEND) &&
	       real_os_break_extend(nbytes, start);
}

bool
ma_os_break_lower(uintptr_t end, size_t nbytes)
{
	return !is_refused(FAULT_BREAK_LOWER) &&
	       real_os_break_lower(end, nbytes);
}

uintptr_t
ma_os_map(size_t nbytes, size_t alignment)
{
	return is_refused(FAULT_MAP) ? 0 : real_os_map(nbytes, alignment);
}

bool
ma_os_unmap(uintptr_t start, size_t nbytes)
{
	return !is_refused(FAULT_UNMAP) && real_os_unmap(start, nbytes);
}

bool
ma_os_purge(uintptr_t start, size_t nbytes)
{
	return !is_refused(FAULT_PURGE) && real_os_purge(start, nbytes);
}

bool
ma_os_resize(uintptr_t start, size_t old, size_t nbytes)
{
	return !is_refused(FAULT_RESIZE) && real_os_resize(start, old, nbytes);
}

bool
ma_os_move(uintptr_t from, size_t nbytes, uintptr_t to)
{
	return !is_refused(FAULT_MOVE) && real_os_move(from, nbytes, to);
}

enum ma_guard
ma_os_guard(uintptr_t start, size_t nbytes)
{
	return is_refused(FAULT_GUARD) ? MA_GUARD_NONE
	                               : real_os_guard(start, nbytes);
}

bool
ma_os_unguard(uintptr_t start, size_t nbytes, unsigned kind)
{
	return !is_refused(FAULT_UNGUARD) &&
	       real_os_unguard(start, nbytes, kind);
}

int
fault_os_madvise(void *start, size_t nbytes, int advice)
{
	if (advice == MADV_GUARD_INSTALL && is_refused(FAULT_MARK)) {
		errno = EINVAL;
		return -1;
	}
	if (advice == MADV_GUARD_INSTALL && atomic_load(&marks_are_ignored)) {
		return 0;
	}
	return madvise(start, nbytes, advice);
}
