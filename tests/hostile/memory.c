/* SPDX-License-Identifier: MIT */
/*
 * memory.c - how many mappings there are, and whether freed memory goes back.
 */
#include "others.h"
#include "situation.h"

#include <malloc.h>
#include <time.h>

#define BLOCKS 200000

static void *held[BLOCKS];

/* The lines of /proc/self/maps; the kernel ends processes' growth at 65530. */
static size_t
mappings(void)
{
	static char text[1 << 16];
	size_t lines = 0;
	ssize_t n;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		skip("no /proc/self/maps");
	while ((n = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < n; i++)
			lines += text[i] == '\n';
	close(fd);
	return lines;
}

static void
expect_few_mappings(const char *when, size_t most)
{
	size_t n = mappings();

	if (n > most)
		fail("%zu mappings %s", n, when);
}

/* SIZE MOST: many blocks, every other one freed, all freed. */
static void
many_blocks(char **args)
{
	size_t size = strtoul(args[0], NULL, 0);
	size_t most = strtoul(args[1], NULL, 0);

	for (unsigned i = 0; i < BLOCKS; i++) {
		held[i] = malloc(size);
		if (held[i] == NULL)
			fail("block %u was refused", i);
		*(char *)held[i] = 1;
	}
	expect_few_mappings("with all blocks", most);
	for (unsigned i = 0; i < BLOCKS; i += 2) {
		free(held[i]);
		held[i] = NULL;
	}
	malloc_trim(0);
	expect_few_mappings("with every other block freed", most);
	for (unsigned i = 0; i < BLOCKS; i += 2) {
		held[i] = malloc(size);
		if (held[i] == NULL)
			fail("block %u was refused when it came again", i);
	}
	for (unsigned i = 0; i < BLOCKS; i++)
		free(held[i]);
	work(1, 20000);
}

/* --- Giving back -------------------------------------------------------- */

static size_t
resident_kib(void)
{
	size_t n = status_kib("VmRSS:");

	if (n == 0)
		skip("/proc/self/status does not tell what there is");
	return n;
}

/* SUM bytes in blocks of SIZE; one of KEPT stays. */
static size_t
fill_and_free(size_t sum, size_t size)
{
	void **list = NULL, **p;
	size_t full;

	for (size_t n = 0; n < sum; n += size) {
		p = malloc(size);
		if (p == NULL)
			fail("refused after %zu bytes", n);
		memset(p, 1, size);
		*p = list;
		list = p;
	}
	full = resident_kib();
	while ((p = list) != NULL) {
		list = *p;
		free(p);
	}
	return full;
}

/* SIZE */
static void
trim(char **args)
{
	size_t before = resident_kib(), full, after;

	full = fill_and_free(400 * MIB, strtoul(args[0], NULL, 0));
	malloc_trim(0);
	after = resident_kib();
	if (after > before + full / 20)
		fail("%zu KiB resident before, %zu full, %zu after "
		     "malloc_trim", before, full, after);
}

/* SIZE: without being asked, within ten seconds of which some are worked. */
static void
by_itself(char **args)
{
	size_t before = resident_kib(), full, after = 0;
	time_t start;

	full = fill_and_free(400 * MIB, strtoul(args[0], NULL, 0));
	start = time(NULL);
	do {
		struct timespec pause = { 0, 20000000 };

		work(1, 2000);
		nanosleep(&pause, NULL);
		after = resident_kib();
	} while (after > before + full / 5 && time(NULL) - start < 10);
	if (after > before + full / 5)
		fail("%zu KiB resident before, %zu full, %zu ten seconds "
		     "after all was freed", before, full, after);
}

static const struct situation list[] = {
	{ "mappings", many_blocks },
	{ "trim", trim },
	{ "by_itself", by_itself },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
