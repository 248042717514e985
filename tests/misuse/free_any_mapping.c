/* SPDX-License-Identifier: MIT */
#include "misuse.h"

#include <fcntl.h>
#include <sys/wait.h>

/*
 * A place in each mapping of the process, but that of a block: the library's
 * own code, data and records are among them.
 */
static char text[65536];

static void
read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t length = 0;
	ssize_t got;

	do {
		got = read(fd, text + length, sizeof(text) - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	if (length == 0) {
		exit(SKIPPED);
	}
	close(fd);
}

/* In a child, which must not survive it. */
static void
expect_death(void *p)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		drop(p);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		exit(BROKEN);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		_exit(HAD_EFFECT);
	}
}

int
main(void)
{
	uintptr_t block = (uintptr_t)take(100);
	char on_stack[64], *line = text;

	read_maps();
	while (line != NULL && *line != '\0') {
		char *end;
		uintptr_t from = strtoul(line, &end, 16);
		uintptr_t to = strtoul(end + 1, NULL, 16);

		if (block < from || block >= to) {
			expect_death((void *)(from + 64));
			expect_death((void *)(from + (to - from) / 2 + 16));
		}
		line = strchr(line, '\n');
		line += line != NULL;
	}
	drop(on_stack);
	return 0;
}
