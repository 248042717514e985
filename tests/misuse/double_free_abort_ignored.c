/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <signal.h>

static void
go_on(int signal)
{
	(void)signal;
}

int
main(int argc, char **argv)
{
	/* SIGABRT is blocked, and ignored or handled. */
	bool ignored = argc > 2 && strcmp(argv[2], "ignored") == 0;
	char *p = take(ARG(1));
	sigset_t set;

	signal(SIGABRT, ignored ? SIG_IGN : go_on);
	sigemptyset(&set);
	sigaddset(&set, SIGABRT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	drop(p);
	drop(p);
	return 0;
}
