/* SPDX-License-Identifier: MIT */
/*
 * each_call.c - what options ask of every call, and the line at exit.
 */
#include "base.h"

#include <string.h>

#include <memalloc.h>

#include "arena.h"
#include "diag.h"
#include "each_call.h"
#include "error.h"
#include "os.h"

static size_t calls;		/* atomic */
static size_t blocks_served;	/* atomic */

static void
count_call(const void *p)
{
	size_t n = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);

	if (ma_options.check_every != 0 && n % ma_options.check_every == 0 &&
	    memalloc_check() != 0)
		ma_error_die(MEMALLOC_ERR_CORRUPT, "memalloc_check", p,
		             "call %zu found the heap corrupt", n);
}

void
ma_each_alloc(void *p, size_t nbytes, bool zeroed)
{
	__atomic_fetch_add(&blocks_served, 1, __ATOMIC_RELAXED);
	if (ma_options.perturb != 0 && !zeroed)
		memset(p, (int)~ma_options.perturb & 0xff, nbytes);
	count_call(p);
}

void
ma_each_free(void *p, size_t nbytes)
{
	if (ma_options.perturb != 0)
		memset(p, (int)ma_options.perturb, nbytes);
	count_call(p);
}

__attribute__((destructor)) static void
report_at_exit(void)
{
	size_t peak = __atomic_load_n(&ma_arena.peak, __ATOMIC_RELAXED);

	if (ma_options.report)
		ma_diag_line("memalloc: %zu blocks served, peak heap %zu KiB",
		             blocks_served, peak >> 10);
}
