/* SPDX-License-Identifier: MIT */
/*
 * fragmentation.c - how much memory stays resident after long churn, when
 * nine tenths of it are freed?
 *
 * 200 000 blocks are replaced at random, 10 million times at scale 1, in
 * sizes that shift in ten phases.  Then all are freed but a tenth; after two
 * seconds of ordinary activity (some blocks, now and then) the program ends.
 * Modes: random (a random tenth stays), together (the blocks lowest in memory
 * stay that hold a tenth of the bytes).
 *
 * Besides the usual line it prints the resident KiB at three points: after the
 * churn, after the frees, after the activity.  The table of blocks, the same
 * on every allocator, is in them.
 */
#include "bench.h"

#include <time.h>
#include <unistd.h>

#define LIVE 200000
#define PHASES 10
#define TURNS 200 /* Of the activity, 10 ms each. */
#define TURN_BLOCKS 500

struct entry {
	unsigned char *block;
	size_t size;
};

static struct entry entries[LIVE];

static long
resident_kib(void)
{
	long pages = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1) {
		bench_die("no /proc/self/statm");
	}
	fclose(file);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Usual sizes, wider or narrower by the phase. */
static size_t
size_in_phase(struct bench *bench, size_t phase)
{
	static const size_t quarters[PHASES] = { 4, 8, 2, 16, 3, 6, 1, 12,
		                                 5, 7 };

	return usual_size(&bench->random) * quarters[phase] / 4 + 8;
}

static void
churn(struct bench *bench, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct entry *entry =
			&entries[random_below(&bench->random, LIVE)];

		if (entry->block != NULL) {
			bench->checksum += entry->block[0];
			free(entry->block);
		}
		entry->size = size_in_phase(bench, i * PHASES / count);
		entry->block = bench_malloc(entry->size);
		memset(entry->block, (int)i & 255, entry->size);
	}
	bench->operations += count;
}

static int
by_address(const void *a, const void *b)
{
	uintptr_t x = (uintptr_t)((const struct entry *)a)->block;
	uintptr_t y = (uintptr_t)((const struct entry *)b)->block;

	return (x > y) - (x < y);
}

static void
drop(struct entry *entry)
{
	free(entry->block);
	entry->block = NULL;
}

static void
free_most(struct bench *bench, int together)
{
	size_t bytes = 0, kept = 0;

	for (size_t i = 0; i < LIVE; i++) {
		bytes += entries[i].block == NULL ? 0 : entries[i].size;
	}
	if (together) {
		qsort(entries, LIVE, sizeof *entries, by_address);
	}
	for (size_t i = 0; i < LIVE; i++) {
		if (entries[i].block == NULL) {
			continue;
		}
		if (together ? kept >= bytes / 10
		             : random_below(&bench->random, 10) != 0) {
			drop(&entries[i]);
		} else {
			kept += entries[i].size;
		}
	}
}

/* What gives an allocator a chance to return memory later. */
static void
be_active(struct bench *bench)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	unsigned char *blocks[TURN_BLOCKS];

	for (size_t turn = 0; turn < TURNS; turn++) {
		for (size_t i = 0; i < TURN_BLOCKS; i++) {
			blocks[i] = bench_malloc(usual_size(&bench->random));
		}
		for (size_t i = 0; i < TURN_BLOCKS; i++) {
			free(blocks[i]);
		}
		nanosleep(&pause, NULL);
	}
	bench->operations += (uint64_t)TURNS * TURN_BLOCKS;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "random", "together", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	long churned, freed;

	churn(&bench, bench_count(&bench, 10000000));
	churned = resident_kib();
	free_most(&bench, bench.mode == modes[1]);
	freed = resident_kib();
	be_active(&bench);
	printf("resident churned %ld freed %ld settled %ld\n", churned, freed,
	       resident_kib());
	for (size_t i = 0; i < LIVE; i++) {
		free(entries[i].block);
	}
	return bench_end("fragmentation", &bench);
}
