/* SPDX-License-Identifier: MIT */
/*
 * test_remote.c - remote frees: when batches are sent, and what threads share,
 * by the counts of debug builds.
 */
#include "base.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memalloc.h>

#include "alloc.h"
#include "count.h"
#include "fake_os.h"
#include "heap.h"
#include "look.h"
#include "thread.h"
#include "util.h"

#define BATCH 128
#define RING 4096

static void *block[1024];

/* How many blocks have arrived for OWNER. */
static size_t
arrived_at(const struct ma_heap *owner)
{
	return ma_load_blocks(ma_heap_inbox_load(owner));
}

/* The same for the heap of the test. */
static size_t
arrived(void)
{
	return arrived_at(ma_thread.heap);
}

struct job {
	struct ma_heap *owner;
	size_t n;
	size_t seen[4];	/* blocks in the owner's inbox after some steps */
};

static void *
free_a_batch(void *arg)
{
	struct job *job = arg;

	for (size_t i = 0; i < job->n; i++) {
		memalloc_free(block[i]);
		if (i == BATCH - 2)
			job->seen[0] = arrived_at(job->owner);
		if (i == BATCH - 1)
			job->seen[1] = arrived_at(job->owner);
	}
	job->seen[2] = arrived_at(job->owner);
	return NULL;
}

static struct job
free_elsewhere(size_t size, size_t n)
{
	struct job job = { NULL, n, { 0, 0, 0, 0 } };
	pthread_t thread;

	for (size_t i = 0; i < n; i++) {
		block[i] = memalloc_malloc(size);
		ck_assert_ptr_nonnull(block[i]);
	}
	job.owner = ma_thread.heap;
	ck_assert_int_eq(pthread_create(&thread, NULL, free_a_batch, &job), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	return job;
}

START_TEST(a_batch_is_sent_when_it_is_full)
{
	struct job job = free_elsewhere(100, BATCH + 10);

	ck_assert_uint_eq(job.seen[0], 0);
	ck_assert_uint_eq(job.seen[1], BATCH);
	ck_assert_uint_eq(job.seen[2], BATCH);
	/* The rest came when the thread ended. */
	ck_assert_uint_eq(arrived(), BATCH + 10);
}
END_TEST

START_TEST(a_batch_of_large_blocks_is_sent_by_its_bytes)
{
	struct job job = free_elsewhere(8192, 7);

	/* 4 of them are 32 KiB. */
	ck_assert_uint_eq(job.seen[2], 4);
	ck_assert_uint_eq(arrived(), 7);
}
END_TEST

START_TEST(what_was_drained_is_in_the_inbox_no_more)
{
	free_elsewhere(100, 300);
	ck_assert_uint_eq(arrived(), 300);
	for (int i = 0; i < 1000 && arrived() != 0; i++) {
		ck_assert_ptr_nonnull(memalloc_malloc(1000));
	}
	ck_assert_uint_eq(arrived(), 0);
	ck_assert_uint_eq(ma_load_bytes(ma_heap_inbox_load(ma_thread.heap)), 0);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(a_batch_of_many_sizes_comes_home_whole)
{
	struct ma_heap *heap;
	pthread_t thread;
	struct job job = { NULL, 900, { 0, 0, 0, 0 } };
	size_t live = look().live;

	for (size_t i = 0; i < job.n; i++) {
		size_t size = 16 + i * i % 700;

		block[i] = memset(memalloc_malloc(size), 255, size);
	}
	job.owner = heap = ma_thread.heap;
	ck_assert_int_eq(pthread_create(&thread, NULL, free_a_batch, &job), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	REQUIRE(arrived() == job.n, "%zu", arrived());
	ma_heap_flush(heap);
	REQUIRE(arrived() == 0, "%zu", arrived());
	REQUIRE(memalloc_check() == 0, "%s", fake_os_text());
	REQUIRE(look().live <= live, "%zu, before %zu", look().live, live);
	REQUIRE(heap->spans == 0, "%zu", heap->spans);
}
END_TEST

static pthread_barrier_t both;

/* As interrupted between a batch's list and its counts. */
static void *
free_and_lag(void *arg)
{
	struct ma_batch *batch = ma_heap_none.batches;
	struct ma_heap *heap;

	for (size_t i = 0; i < 10; i++)
		memalloc_free(block[i]);
	heap = ma_thread.heap;
	for (unsigned i = 0; i < MA_BATCHES; i++)
		if (heap->batches[i].count != 0)
			batch = &heap->batches[i];
	ck_assert_uint_eq(batch->count, 10);
	batch->count--;
	batch->nbytes -= 112;
	heap->batched -= 112;
	pthread_barrier_wait(&both);
	pthread_barrier_wait(&both);
	batch->count++;
	batch->nbytes += 112;
	heap->batched += 112;
	return arg;
}

START_TEST(a_child_counts_what_a_thread_that_is_gone_had_not_counted)
{
	pthread_t thread;
	pid_t child;
	int status;

	/* There blocks wait before they go. */
	if (MA_HARDENED)
		return;
	for (size_t i = 0; i < 10; i++)
		block[i] = memalloc_malloc(112);
	ck_assert_int_eq(pthread_barrier_init(&both, NULL, 2), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, free_and_lag, NULL),
	                 0);
	pthread_barrier_wait(&both);
	child = fork();
	if (child == 0) {
		/* Once to send what was gathered, once to take it in. */
		memalloc_trim(0);
		memalloc_trim(0);
		_exit(memalloc_check() != 0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	pthread_barrier_wait(&both);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

START_TEST(what_others_write_is_on_cache_lines_of_its_own)
{
	size_t inbox = offsetof(struct ma_heap, inbox);

	ck_assert_uint_eq(inbox % MA_CACHE_LINE, 0);
	ck_assert_uint_ge(offsetof(struct ma_heap, inbox_load), inbox);
	ck_assert_uint_ge(inbox, offsetof(struct ma_heap, drained_load) +
	                  sizeof(struct ma_load));
	ck_assert_uint_eq(sizeof(struct ma_heap) % MA_CACHE_LINE, 0);
}
END_TEST

/*
 * Pairs of threads hand blocks over, each the half of what the other frees.
 */
struct pair {
	void *ring[2][RING];	/* atomic entries */
	size_t size;
	size_t rounds;
};

static pthread_barrier_t start;

struct side {
	struct pair *pair;
	unsigned me;
};

static void *
hand_over(void *arg)
{
	struct side *side = arg;
	void **mine = side->pair->ring[side->me];
	void **other = side->pair->ring[1 - side->me];

	/* Each has a heap before the first ends. */
	memalloc_free(memalloc_malloc(1));
	pthread_barrier_wait(&start);
	for (size_t i = 0; i < side->pair->rounds * RING; i++) {
		void *p = memalloc_malloc(side->pair->size);
		void *none = NULL;

		if (p == NULL ||
		    !__atomic_compare_exchange_n(&mine[i % RING], &none, p,
		                                 false, __ATOMIC_RELEASE,
		                                 __ATOMIC_RELAXED))
			memalloc_free(p);
		p = __atomic_exchange_n(&other[i % RING], NULL,
		                        __ATOMIC_ACQUIRE);
		memalloc_free(p);
	}
	for (size_t i = 0; i < RING; i++) {
		memalloc_free(__atomic_exchange_n(&other[i], NULL,
		                                  __ATOMIC_ACQUIRE));
	}
	return NULL;
}

#define MOST_PAIRS 32

static struct pair pairs[MOST_PAIRS];

static void
run_pairs(size_t npairs, size_t size, size_t rounds)
{
	static struct side sides[2 * MOST_PAIRS];
	pthread_t threads[2 * MOST_PAIRS];

	pthread_barrier_init(&start, NULL, (unsigned)(2 * npairs));
	for (size_t i = 0; i < 2 * npairs; i++) {
		sides[i].pair = &pairs[i / 2];
		sides[i].me = i % 2;
		pairs[i / 2].size = size;
		pairs[i / 2].rounds = rounds;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, hand_over,
		                                &sides[i]), 0);
	}
	for (size_t i = 0; i < 2 * npairs; i++) {
		pthread_join(threads[i], NULL);
	}
}

static size_t
gain(enum ma_count what, const size_t *before)
{
	return ma_counted(what) - before[what];
}

static void
counts_now(size_t *counts)
{
	for (int i = 0; i < MA_COUNTS; i++) {
		counts[i] = ma_counted((enum ma_count)i);
	}
}

START_TEST(remote_frees_cost_an_atomic_in_32)
{
	static const size_t sizes[] = { 16, 64, 256 };
	size_t before[MA_COUNTS], frees = 0, atomics;

	counts_now(before);
	/* How much the two meet is the scheduler's choice. */
	for (int i = 0; i < 50; i++) {
		run_pairs(1, sizes[_i], 50);
		frees = gain(MA_COUNT_REMOTE_FREES, before);
		if (!MA_DEBUG || frees >= 50000)
			break;
	}
	atomics = gain(MA_COUNT_REMOTE_ATOMICS, before);
	if (MA_DEBUG)
		ck_assert_uint_ge(frees, 10000);
	/* Some batches are sent before they are full. */
	REQUIRE(atomics * 32 <= frees + 32 * 64, "%zu atomics, %zu frees",
	        atomics, frees);
}
END_TEST

START_TEST(sixty_four_threads_share_no_more_than_two)
{
	size_t before[MA_COUNTS], few, few_frees, many, many_frees;

	counts_now(before);
	run_pairs(1, 64, 200);
	few = gain(MA_COUNT_REMOTE_ATOMICS, before);
	few_frees = gain(MA_COUNT_REMOTE_FREES, before);
	counts_now(before);
	run_pairs(MOST_PAIRS, 64, 50);
	many = gain(MA_COUNT_REMOTE_ATOMICS, before);
	many_frees = gain(MA_COUNT_REMOTE_FREES, before);
	REQUIRE(many * 32 <= many_frees + 2 * MOST_PAIRS * 32 * 4,
	        "2 threads: %zu atomics, %zu frees; 64: %zu, %zu",
	        few, few_frees, many, many_frees);
}
END_TEST

START_TEST(a_span_costs_one_shared_lock)
{
	size_t before[MA_COUNTS], spans, locks;
	size_t npairs = _i == 0 ? 1 : MOST_PAIRS;

	counts_now(before);
	run_pairs(npairs, 3000, 4);
	spans = gain(MA_COUNT_SPANS, before);
	locks = gain(MA_COUNT_ARENA_LOCKS, before);
	if (MA_DEBUG)
		ck_assert_uint_ge(spans, 100);
	REQUIRE(locks <= spans + spans / 20 + 64, "%zu locks, %zu spans",
	        locks, spans);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("remote");
	TCase *tcase = add_case(suite, "batches", 60);

	tcase_add_test(tcase, a_batch_is_sent_when_it_is_full);
	tcase_add_test(tcase, a_batch_of_large_blocks_is_sent_by_its_bytes);
	tcase_add_test(tcase, what_was_drained_is_in_the_inbox_no_more);
	tcase_add_test(tcase, a_batch_of_many_sizes_comes_home_whole);
	tcase_add_test(tcase,
	        a_child_counts_what_a_thread_that_is_gone_had_not_counted);
	tcase_add_test(tcase, what_others_write_is_on_cache_lines_of_its_own);
	tcase = add_case(suite, "counts", 60);
	tcase_add_loop_test(tcase, remote_frees_cost_an_atomic_in_32, 0, 3);
	tcase_add_test(tcase, sixty_four_threads_share_no_more_than_two);
	tcase = add_case(suite, "spans", 60);
	tcase_add_loop_test(tcase, a_span_costs_one_shared_lock, 0, 2);
	return run_suite(suite);
}
