/* SPDX-License-Identifier: MIT */
/*
 * measure.c - run a program on a library and print what it used.
 *
 * Usage: measure FIGURES LIBRARY COMMAND [ARGUMENT]...
 *
 * LIBRARY goes to LD_PRELOAD; - for none.  FIGURES is the file for one line:
 * wall seconds, cpu seconds, peak resident KiB, minor faults, exit status.
 * By wait4, and linked statically: a process's peak includes that of the
 * program it was before exec, so what starts it has to be small.  Processes
 * that the program waited for are included, as wait4 has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct rusage usage;
	double start;
	FILE *out;
	int status;
	pid_t child;

	if (argc < 4) {
		fprintf(stderr, "usage: measure FIGURES LIBRARY COMMAND...\n");
		return 99;
	}
	if (strcmp(argv[2], "-") == 0) {
		unsetenv("LD_PRELOAD");
	} else {
		setenv("LD_PRELOAD", argv[2], 1);
	}
	start = seconds();
	child = vfork();
	if (child == 0) {
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		return 99;
	}
	out = fopen(argv[1], "w");
	if (out == NULL) {
		return 99;
	}
	fprintf(out, "%.6f %.6f %ld %ld %d\n", seconds() - start,
	        (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	        (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
	        usage.ru_maxrss, usage.ru_minflt,
	        WIFEXITED(status) ? WEXITSTATUS(status)
	                          : 128 + WTERMSIG(status));
	return fclose(out) == 0 ? 0 : 99;
}
