/* SPDX-License-Identifier: MIT */
/*
 * api_secure.c - a set-user-ID program obeys no variable.
 *
 * Copies itself to a file of another user with the set-user-ID bit and runs
 * that with each option in the environment.  Needs root, and a place without
 * nosuid; else it is skipped (77).  It is linked with the core, since the
 * loader would ignore LD_LIBRARY_PATH.
 */
#include "base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memalloc.h>

#include "all_options.h"
#include "machine.h"
#include "option.h"

#define SKIP 77
#define HARNESS 99
#define PRINTED 3

static const struct ma_options initial = {
#define MA_OPTION(name, kind, initial, least, most, help) .name = initial,
#include "option_list.h"
#undef MA_OPTION
};

/* Does each option of all_options() act where options do? */
static bool
all_act(void)
{
	const struct ma_options saved = ma_options;
	bool act = ma_option_parse(all_options());

#define MA_OPTION(name, kind, initial, least, most, help)                    \
	act &= ma_options.name != saved.name;
#include "option_list.h"
#undef MA_OPTION
	ma_options = saved;
	return act;
}

/* The part of the copy: 0 if no option acted, 1 if one did. */
static int
probe(void)
{
	unsigned char *p;

	if (getauxval(AT_SECURE) == 0) {
		return SKIP;
	}
	memalloc_free(memalloc_malloc(500));
	p = memalloc_malloc(500);
	for (int i = 16; p != NULL && i < 500; i++) {
		if (((volatile unsigned char *)p)[i] == 0xa5) {
			return 1;
		}
	}
	memalloc_free(p);
	return memcmp(&ma_options, &initial, sizeof(initial)) != 0;
}

static int
copy_self(const char *to)
{
	int in = open("/proc/self/exe", O_RDONLY);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL, 0700);
	char piece[65536];
	ssize_t got = 0;

	if (in < 0 || out < 0) {
		return -1;
	}
	while ((got = read(in, piece, sizeof(piece))) > 0) {
		if (write(out, piece, (size_t)got) != got) {
			return -1;
		}
	}
	close(in);
	/* The owner first: a change of it clears the bit. */
	if (got < 0 || fchown(out, 65534, 65534) != 0 ||
	    fchmod(out, 04755) != 0) {
		return -1;
	}
	return close(out);
}

/* Run the copy under OPTIONS; its status, or PRINTED if it warned. */
static int
run_copy(const char *copy, const char *options)
{
	int status, fd[2];
	char text[1000];
	ssize_t got;
	pid_t pid;

	if (pipe(fd) != 0 || (pid = fork()) < 0) {
		return HARNESS;
	}
	if (pid == 0) {
		setenv("MALLOC_PERTURB_", "90", 1);
		setenv("MALLOC_TOP_PAD_", "90", 1);
		setenv("MALLOC_MMAP_MAX_", "9", 1);
		setenv("MALLOC_MMAP_THRESHOLD_", "900000", 1);
		setenv("MALLOC_TRIM_THRESHOLD_", "900000", 1);
		setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=90", 1);
		setenv("MEMALLOC_CONF", options, 1);
		dup2(fd[1], 2);
		execl(copy, copy, "probe", (char *)NULL);
		_exit(HARNESS);
	}
	close(fd[1]);
	got = read(fd[0], text, sizeof(text));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status)) {
		return HARNESS;
	}
#ifdef TEST_COVERAGE
	got = 0; /* gcov says that it cannot write its counters. */
#endif
	if (WEXITSTATUS(status) == 0 && got != 0) {
		return PRINTED;
	}
	return WEXITSTATUS(status);
}

int
main(int argc, char **argv)
{
	char directory[] = "/tmp/memalloc-secure-XXXXXX";
	char copy[100];
	int result;

	if (argc == 2 && strcmp(argv[1], "probe") == 0) {
		return probe();
	}
	/* The system starts the copy, and knows nothing of an emulator. */
	if (is_emulated()) {
		return SKIP;
	}
	if (!all_act()) {
		fputs("api_secure: not all options act\n", stderr);
		return HARNESS;
	}
	if (geteuid() != 0) {
		fputs("skipped: only root can make a set-user-ID copy\n",
		      stderr);
		return SKIP;
	}
	if (mkdtemp(directory) == NULL || chmod(directory, 0755) != 0) {
		return HARNESS;
	}
	snprintf(copy, sizeof(copy), "%s/copy", directory);
	result = copy_self(copy) == 0 ? run_copy(copy, all_options()) :
		HARNESS;
	if (result == 0) {
		result = run_copy(copy, "perturb:90,bogus:1,report:1");
	}
	unlink(copy);
	rmdir(directory);
	if (result != 0 && result != SKIP) {
		fprintf(stderr, "api_secure: %s\n",
		        result == 1 ? "the options acted" :
		        result == PRINTED ? "something was printed" :
		        "the harness failed");
	}
	return result;
}
