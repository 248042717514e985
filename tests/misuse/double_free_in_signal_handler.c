/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <signal.h>

/* On a small stack of its own. */
static void *block;
static char stack[16384];

static void
clean_up(int signal)
{
	(void)signal;
	drop(block);
}

int
main(int argc, char **argv)
{
	const stack_t alternate = { .ss_sp = stack,
		                    .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = clean_up,
		                    .sa_flags = SA_ONSTACK };

	block = take(ARG(1));
	if (sigaltstack(&alternate, NULL) != 0 ||
	    sigaction(SIGUSR1, &action, NULL) != 0) {
		return BROKEN;
	}
	drop(block);
	raise(SIGUSR1);
	return 0;
}
