/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <signal.h>
#include <sys/wait.h>

/* Freed by this thread or by another one, then again in a forked child. */
int
main(int argc, char **argv)
{
	bool by_other = argc > 2 && strcmp(argv[2], "thread") == 0;
	char *p = take(ARG(1));
	int status;
	pid_t child;

	if (by_other) {
		drop_in_thread(p);
	} else {
		drop(p);
	}
	child = fork();
	if (child == 0) {
		drop(p);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		return BROKEN;
	}
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
