/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <setjmp.h>
#include <signal.h>

static sigjmp_buf back;

static void
escape(int signal)
{
	(void)signal;
	siglongjmp(back, 1);
}

static void *
churn_in_thread(void *p)
{
	churn(100, 10);
	return p;
}

int
main(int argc, char **argv)
{
	/* A program that reports its crash, and for that allocates more. */
	size_t size = ARG(1);
	char *p = take(size);

	signal(SIGABRT, escape);
	drop(p);
	if (sigsetjmp(back, 1) == 0) {
		drop(p);
		return 0;
	}
	signal(SIGABRT, SIG_DFL);
	churn(size, 10);
	in_thread(churn_in_thread, NULL);
	abort();
}
