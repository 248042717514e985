/* SPDX-License-Identifier: MIT */
/*
 * short_processes.c - what does malloc add to processes that live shortly?
 *
 * The program starts itself again and again, by fork and exec, one at a time.
 * Modes: many (each makes 300 blocks and frees half of them), first (each
 * makes one block and ends: the cost of the first call).
 */
#include "bench.h"

#include <sys/wait.h>
#include <unistd.h>

#define BLOCKS 300

/* The process that was started: argv is its name, "child", mode, seed. */
static int
child(char **argv)
{
	static unsigned char *blocks[BLOCKS];
	uint64_t random = strtoull(argv[3], NULL, 0);
	size_t count = argv[2][0] == 'f' ? 1 : BLOCKS;
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++) {
		blocks[i] = bench_malloc(usual_size(&random));
		sum += blocks[i][0];
	}
	for (size_t i = 0; count > 1 && i < count; i += 2) {
		free(blocks[i]);
	}
	_exit((int)(sum % 100));
}

static void
run_child(struct bench *bench, char *program)
{
	char mode[8], seed[24];
	char *argv[] = { program, "child", mode, seed, NULL };
	int status;
	pid_t pid;

	snprintf(mode, sizeof mode, "%s", bench->mode);
	snprintf(seed, sizeof seed, "%" PRIu64,
	         next_random(&bench->random) >> 1);
	pid = fork();
	if (pid == 0) {
		execv(program, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid ||
	    !WIFEXITED(status) || WEXITSTATUS(status) >= 100) {
		bench_die("a process failed");
	}
	bench->checksum += (unsigned)WEXITSTATUS(status);
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "many", "first", NULL };
	struct bench bench;
	size_t count;

	if (argc == 4 && strcmp(argv[1], "child") == 0) {
		return child(argv);
	}
	bench = bench_begin(argc, argv, modes);
	count = bench_count(&bench, 1000);
	for (size_t i = 0; i < count; i++) {
		run_child(&bench, argv[0]);
	}
	bench.operations = count * (bench.mode == modes[0] ? BLOCKS : 1);
	return bench_end("short_processes", &bench);
}
