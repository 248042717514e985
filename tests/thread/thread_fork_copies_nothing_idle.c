/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_copies_nothing_idle.c - what is free is not resident in a child.
 *
 * A server that has worked for a while forks its workers: what it had freed
 * shortly before would be resident in each of them, and cost a fault more in
 * both processes than memory that was given back.  Found with nginx, whose
 * workers had 2.5 MiB more after it had read its configuration anew.
 */
#include <sys/wait.h>

#include "footprint.h"
#include "program.h"

#define BLOCKS 64
#define SIZE (250 * KIB)

static void *block[BLOCKS];

/* Exit status 0 if less than KIB_MOST KiB are resident. */
static void
be_child(size_t kib_most)
{
	size_t kib = resident_kib();

	printf("child: %zu KiB, at most %zu\n", kib, kib_most);
	fflush(stdout);
	_exit(kib < kib_most ? 0 : 1);
}

int
main(void)
{
	size_t before, full;
	pid_t child;
	int status;

	printf("started\n");
	before = resident_kib();
	for (size_t i = 0; i < BLOCKS; i++) {
		block[i] = t_malloc(SIZE);
		CHECK(block[i] != NULL);
		memset(block[i], 1, SIZE);
	}
	full = resident_kib();
	CHECK(full > before + BLOCKS * SIZE / KIB / 2);
	for (size_t i = 0; i < BLOCKS; i++) {
		t_free(block[i]);
	}
	fflush(stdout);
	errno = 77;
	child = fork();
	CHECK(child >= 0 && errno == 77);
	if (child == 0) {
		be_child(SANITIZED ? SIZE_MAX : before + 4 * MIB / KIB);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	      "a child has what was free resident: status %#x", status);
	return 0;
}
