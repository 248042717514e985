/* SPDX-License-Identifier: MIT */
/*
 * secured.c - the set-user-ID program of secure.c: nothing of its environment
 * acts.  run-hostile.sh compiles it and links it with the library, which the
 * loader would not preload to it.
 */
#include "situation.h"

#include <signal.h>
#include <sys/auxv.h>
#include <sys/wait.h>

/* Of perturb. */
static void
expect_no_pattern(void)
{
	unsigned char *volatile p = malloc(500);

	for (unsigned round = 0; round < 100; round++) {
		unsigned filled = 0;

		for (unsigned i = 16; i < 480; i++)
			filled += p[i] == 0xa5 || p[i] == 0x5a;
		if (filled > 100)
			fail("blocks are filled");
		free(p);
		p = malloc(500);
	}
	free(p);
}

/* Of zero_realloc. */
static void
expect_realloc_to_free(void)
{
	void *volatile p = malloc(100);

	p = realloc(p, 0);
	if (p != NULL)
		fail("realloc to 0 bytes gave a block");
}

/* Of misuse. */
static void
expect_misuse_to_end(void)
{
	char *volatile mine = (char *)(uintptr_t)expect_misuse_to_end;
	pid_t child = fork();
	int status = 0;

	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child == 0) {
		close(2);
		free(mine + 16);
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		fail("waitpid: %s", strerror(errno));
	if (!WIFSIGNALED(status))
		fail("free of foreign memory did nothing");
}

int
main(void)
{
	if (getauxval(AT_SECURE) == 0)
		skip("the set-user-ID bit does nothing here");
	expect_no_pattern();
	expect_realloc_to_free();
	expect_misuse_to_end();
	work(1, 20000);
	/* report would print as it ends. */
	return 0;
}
