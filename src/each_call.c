/* SPDX-License-Identifier: MIT */
/*
 * each_call.c - what options ask of every call, and the line at exit.
 */
#include "base.h"

#include <fcntl.h>
#include <string.h>

#include <memalloc.h>

#include "arena.h"
#include "diag.h"
#include "each_call.h"
#include "error.h"
#include "maker.h"
#include "os.h"
#include "thread.h"

/* Above what programs use, and what shells redirect. */
#define REPORT_FD 200

static int report_fd = 2;
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
ma_each_alloc(void *p, size_t nbytes, bool zeroed, const char *function)
{
	if (ma_options.mismatch)
		ma_maker_note(p, function);
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

/* Many programs close standard error before our destructor runs. */
__attribute__((constructor)) static void
keep_standard_error(void)
{
	ma_thread_setup(ma_os_environment());
	if (ma_options.report) {
		int fd = fcntl(2, F_DUPFD_CLOEXEC, REPORT_FD);

		report_fd = fd < 0 ? 2 : fd;
	}
}

__attribute__((destructor)) static void
report_at_exit(void)
{
	char line[256];
	struct ma_text text = ma_text_over(line, sizeof(line));

	if (!ma_options.report)
		return;
	ma_text_add(&text, "memalloc: %s: %zu blocks served, "
	            "peak heap %zu KiB\n", ma_os_program(), blocks_served,
	            ma_arena.peak >> 10);
	ma_os_write(report_fd, text.start, text.used);
}
