/* SPDX-License-Identifier: MIT */
/*
 * stress_soak.c - many threads for a long time on a system that refuses.
 *
 * Each thread makes, verifies, resizes and frees blocks in slots that all of
 * them share, so that most blocks are freed by another thread than made them;
 * it lives for some rounds, then a new one takes its place.  One call to the
 * system in eight is refused.  Now and then a thread forks, and the child
 * allocates, or gives memory back, or has the heap checked.
 *
 * At the end nothing is live, the heap is sound, and neither the heap nor
 * resident memory is larger than after the same load for a tenth of the time.
 *
 * Environment: SOAK_SECONDS (default 4), THREADS (default 32), SEED.
 */
#include "base.h"

#include <inttypes.h>
#include <sys/wait.h>

#include "block.h"
#include "fault_os.h"
#include "footprint.h"
#include "option.h"

#define THREADS_MOST 64
#define SLOTS 4096
#define LIFE 2000 /* Calls that a thread makes before it ends. */

static struct {
	pthread_mutex_t mutex;
	struct block block;
} slots[SLOTS];

static atomic_ulong calls, refusals, forks, threads_begun;
static double until;

/* --- Blocks ------------------------------------------------------------- */

static size_t
soak_size(uint64_t *random)
{
	switch (random_below(random, 2000)) {
	case 0:
		return random_size(random, 22);
	case 1:
	case 2:
	case 3:
	case 4:
		return random_size(random, 17);
	default:
		return random_size(random, 10);
	}
}

/* A new block, or none: then for want of memory, and errno says so. */
static struct block
make(uint64_t *random)
{
	struct block block = { NULL, soak_size(random), next_random(random) };
	size_t alignment = (size_t)16 << random_below(random, 9);

	errno = 0;
	switch (random_below(random, 4)) {
	case 0:
		block.p = t_aligned_alloc(alignment, block.size);
		CHECK((uintptr_t)block.p % alignment == 0);
		break;
	case 1:
		block.p = t_calloc(1, block.size);
		CHECK(block.p == NULL || block.size > 4096 ||
		      *(unsigned char *)block.p == 0);
		break;
	default:
		block.p = t_malloc(block.size);
		break;
	}
	CHECK(errno == (block.p != NULL ? 0 : ENOMEM));
	if (block.p == NULL) {
		atomic_fetch_add(&refusals, 1);
		return block;
	}
	CHECK(t_usable_size(block.p) >= block.size);
	pattern_fill(block.p, block.size, block.key);
	return block;
}

/* As block_resize, but it may be refused: then the block stays. */
static void
resize(struct block *block, size_t size)
{
	size_t kept = size < block->size ? size : block->size;
	void *p;

	block_verify(block);
	p = t_realloc(block->p, size);
	if (p == NULL) {
		atomic_fetch_add(&refusals, 1);
		block_verify(block);
		return;
	}
	CHECK(pattern_holds_of(p, block->size, kept, block->key));
	*block = (struct block){ p, size, block->key + 1 };
	pattern_fill(p, size, block->key);
}

/* --- Threads ------------------------------------------------------------ */

/* The child sees a heap that is whole, whatever the others were doing. */
static void
fork_once(uint64_t *random)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		struct block block = make(random);

		if (block.p != NULL) {
			block_end(&block);
		}
		t_trim(0);
		_exit(t_check() == 0 ? 0 : 1);
	}
	if (child < 0) {
		return;
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	      "the child ended with %#x", (unsigned)status);
	atomic_fetch_add(&forks, 1);
}

static void
step(uint64_t *random)
{
	size_t at = random_below(random, SLOTS);
	struct block *block = &slots[at].block;

	pthread_mutex_lock(&slots[at].mutex);
	if (block->p == NULL) {
		*block = make(random);
	} else if (random_below(random, 4) == 0) {
		resize(block, soak_size(random));
	} else {
		block_end(block);
	}
	pthread_mutex_unlock(&slots[at].mutex);
}

static void *
live(void *argument)
{
	uint64_t random = *(uint64_t *)argument;

	for (int i = 0; i < LIFE; i++) {
		step(&random);
	}
	if (random_below(&random, 8) == 0) {
		t_trim(0);
	}
	if (!THREAD_SANITIZED && random_below(&random, 64) == 0) {
		fork_once(&random);
	}
	atomic_fetch_add(&calls, LIFE);
	return NULL;
}

/* Its place is taken by threads one after another. */
static void *
keep_alive(void *argument)
{
	uint64_t *seed = argument;

	while (seconds_now() < until) {
		thread_join(thread_start(live, seed));
		next_random(seed);
		atomic_fetch_add(&threads_begun, 1);
	}
	return NULL;
}

/* Load of SECONDS; then nothing is live, and what is free is given back. */
static void
soak(double seconds, size_t threads, uint64_t seed)
{
	pthread_t keepers[THREADS_MOST];
	uint64_t seeds[THREADS_MOST];

	until = seconds_now() + seconds;
	fault_os_refuse_guards_too(true);
	fault_os_refuse_one_in(8);
	for (size_t t = 0; t < threads; t++) {
		seeds[t] = seed + t * 1000003u;
		keepers[t] = thread_start(keep_alive, &seeds[t]);
	}
	for (size_t t = 0; t < threads; t++) {
		thread_join(keepers[t]);
	}
	fault_os_refuse_one_in(0);
	CHECK(t_check() == 0);
	for (size_t i = 0; i < SLOTS; i++) {
		if (slots[i].block.p != NULL) {
			block_end(&slots[i].block);
		}
	}
	t_trim(0);
	CHECK(t_check() == 0);
}

int
main(void)
{
	double seconds = (double)number_from("SOAK_SECONDS", 4);
	size_t threads = number_from("THREADS", 32);
	uint64_t seed = number_from("SEED", (uint64_t)time(NULL));
	struct footprint before;

	CHECK(threads >= 1 && threads <= THREADS_MOST);
	printf("stress_soak: SEED=%#" PRIx64 " SOAK_SECONDS=%.0f THREADS=%zu\n",
	       seed, seconds, threads);
	fflush(stdout);
	for (size_t i = 0; i < SLOTS; i++) {
		pthread_mutex_init(&slots[i].mutex, NULL);
	}
	/* Mappings that grow and move too; behind the first call, which reads
	   the environment. */
	t_free(t_malloc(1));
	CHECK(ma_option_parse("huge_threshold:1M"));
	soak(seconds / 10 + 1, threads, seed);
	before = footprint_now();
	soak(seconds, threads, ~seed);
	printf("%lu calls by %lu threads, %lu forks, %lu refused\n", calls,
	       threads_begun, forks, refusals);
	for (int call = 0; call < FAULT_CALLS; call++) {
		printf("system call %d refused %lu times\n", call,
		       fault_os_refused(call));
	}
	CHECK(fault_os_refused(FAULT_PURGE) > 0);
	CHECK(!MA_HARDENED || fault_os_refused(FAULT_GUARD) > 0);
	footprint_expect(before, 16 * KIB, 32 * MIB);
	return 0;
}
