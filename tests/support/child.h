/* SPDX-License-Identifier: MIT */
/*
 * child.h - run this program again, in a role, and look at how it ends.
 *
 * A test of an option needs a process that starts with it.  The program runs
 * itself through /proc/self/exe with one argument, the role, and the added
 * environment; main() hands a role to its function before it builds the
 * suite.
 */
#ifndef TEST_CHILD_H
#define TEST_CHILD_H

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"

struct child {
	int status;         /* As waitpid gives it. */
	char output[65536]; /* What it wrote on standard output ... */
	char error[65536];  /* ... and on standard error, both terminated. */
};

struct role {
	const char *name;
	int (*run)(void); /* Its exit status. */
};

/* Read what stands in the file behind FD into TEXT of SIZE bytes. */
static inline void
child_slurp(int fd, char *text, size_t size)
{
	ssize_t got = pread(fd, text, size - 1, 0);

	text[got > 0 ? got : 0] = '\0';
	close(fd);
}

static inline int
child_file(void)
{
	char name[] = "/tmp/memalloc-test-XXXXXX";
	int fd = mkstemp(name);

	ck_assert_int_ge(fd, 0);
	unlink(name);
	return fd;
}

/* What is this program itself is started as it was: by the emulator. */
static void
child_exec(const char *program, const char *role)
{
	static const char command[] = "exec $EMULATOR \"$0\" \"$1\"";
	char self[4096];
	ssize_t n;

	if (!is_emulated() || strcmp(program, "/proc/self/exe") != 0) {
		execl(program, program, role, (char *)NULL);
		return;
	}
	n = readlink(program, self, sizeof(self) - 1);
	if (n > 0) {
		self[n] = '\0';
		execl("/bin/sh", "sh", "-c", command, self, role,
		      (char *)NULL);
	}
}

/* What qemu-user tells of a signal that ended the process is not of it. */
static void
child_drop_emulators_lines(char *text)
{
	char *line, *end;

	while ((line = strstr(text, "qemu: ")) != NULL) {
		end = strchr(line, '\n');
		end = end == NULL ? strchr(line, '\0') : end + 1;
		memmove(line, end, strlen(end) + 1);
	}
}

/*
 * Run PROGRAM with ROLE and wait.  ENVIRONMENT lists NAME=VALUE strings that
 * are added, and ends with NULL; it may be NULL.
 */
__attribute__((unused)) static void
child_run(struct child *child, const char *program, const char *role,
          const char *const *environment)
{
	int output = child_file();
	int error = child_file();
	pid_t pid;

	fflush(NULL);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		for (; environment != NULL && *environment != NULL;
		     environment++) {
			putenv((char *)*environment);
		}
		dup2(output, 1);
		dup2(error, 2);
		child_exec(program, role);
		_exit(127);
	}
	ck_assert_int_eq(waitpid(pid, &child->status, 0), pid);
	child_slurp(output, child->output, sizeof(child->output));
	child_slurp(error, child->error, sizeof(child->error));
	if (is_emulated()) {
		child_drop_emulators_lines(child->error);
	}
}

/* Run this program itself with ROLE and one MORE variable (or NULL). */
__attribute__((unused)) static void
child_run_self(struct child *child, const char *role, const char *more)
{
	const char *const environment[] = { more, NULL };

	child_run(child, "/proc/self/exe", role, environment);
}

__attribute__((unused)) static int
child_exit_status(const struct child *child)
{
	return WIFEXITED(child->status) ? WEXITSTATUS(child->status) : -1;
}

__attribute__((unused)) static int
child_signal(const struct child *child)
{
	return WIFSIGNALED(child->status) ? WTERMSIG(child->status) : 0;
}

/* The number of lines in TEXT; an unfinished last one counts too. */
__attribute__((unused)) static int
count_lines(const char *text)
{
	int lines = 0;

	for (const char *c = text; *c != '\0'; c++) {
		lines += *c == '\n' || c[1] == '\0';
	}
	return lines;
}

/* If main was called for a role, run it and store its status; else false. */
__attribute__((unused)) static bool
child_play(int argc, char **argv, const struct role *roles, size_t count,
           int *status)
{
	for (size_t i = 0; argc == 2 && i < count; i++) {
		if (strcmp(argv[1], roles[i].name) == 0) {
			*status = roles[i].run();
			return true;
		}
	}
	return false;
}

#endif /* TEST_CHILD_H */
