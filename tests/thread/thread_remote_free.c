/* SPDX-License-Identifier: MIT */
/*
 * thread_remote_free.c - blocks made by one thread and freed by another.
 *
 * Producers and consumers 1:1, 1:N and N:1 through a bounded queue.  Every
 * block's content is verified by the thread that frees it.  Memory stays
 * bounded: the blocks alive at any time fit the queue, so neither the heap
 * nor resident memory may grow with the number of blocks passed.
 */
#include "block.h"

#define QUEUE_LENGTH 2048
#define THREADS_MOST 8
#define GROWTH_KIB (24 * KIB) /* Live at most: 2048 blocks, 1.5 MiB. */
/* Each producer may have a span for each class, of which it touches a part. */
#define ADDRESSES_KIB (80 * KIB)

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct block blocks[QUEUE_LENGTH];
	size_t head, count;
	unsigned producers; /* Still at work. */
} queue = { .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .changed = PTHREAD_COND_INITIALIZER };

static size_t blocks_each; /* For each producer. */

/* Several blocks at a time, or the lock is all that is tried. */
#define GROUP 32

static void
queue_put(const struct block *blocks)
{
	pthread_mutex_lock(&queue.mutex);
	while (queue.count + GROUP > QUEUE_LENGTH) {
		pthread_cond_wait(&queue.changed, &queue.mutex);
	}
	for (size_t i = 0; i < GROUP; i++) {
		queue.blocks[(queue.head + queue.count++) % QUEUE_LENGTH] =
			blocks[i];
	}
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.mutex);
}

/* Returns false when all producers have ended and nothing is left. */
static bool
queue_take(struct block *blocks)
{
	pthread_mutex_lock(&queue.mutex);
	while (queue.count == 0 && queue.producers > 0) {
		pthread_cond_wait(&queue.changed, &queue.mutex);
	}
	if (queue.count == 0) {
		pthread_mutex_unlock(&queue.mutex);
		return false;
	}
	for (size_t i = 0; i < GROUP; i++) {
		blocks[i] = queue.blocks[queue.head];
		queue.head = (queue.head + 1) % QUEUE_LENGTH;
	}
	queue.count -= GROUP;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.mutex);
	return true;
}

static void *
produce(void *argument)
{
	uint64_t random = 1000 + (uintptr_t)argument;
	struct block group[GROUP];

	for (size_t i = 0; i < blocks_each; i += GROUP) {
		for (size_t j = 0; j < GROUP; j++) {
			size_t size = random_below(&random, 500) == 0
				? 20000 + random_below(&random, 60000)
				: 1 + random_below(&random, 1024);

			group[j] = block_make(size, next_random(&random));
		}
		queue_put(group);
	}
	pthread_mutex_lock(&queue.mutex);
	queue.producers--;
	pthread_cond_broadcast(&queue.changed);
	pthread_mutex_unlock(&queue.mutex);
	return NULL;
}

static void *
consume(void *argument)
{
	struct block group[GROUP];

	(void)argument;
	while (queue_take(group)) {
		for (size_t j = 0; j < GROUP; j++) {
			block_end(&group[j]);
		}
	}
	return NULL;
}

static void
run(unsigned producers, unsigned consumers, size_t blocks)
{
	pthread_t threads[2 * THREADS_MOST];
	unsigned n = 0;

	queue.producers = producers;
	blocks_each = blocks / producers;
	for (unsigned i = 0; i < producers; i++) {
		threads[n++] = thread_start(produce, (void *)(uintptr_t)i);
	}
	for (unsigned i = 0; i < consumers; i++) {
		threads[n++] = thread_start(consume, NULL);
	}
	while (n > 0) {
		thread_join(threads[--n]);
	}
}

static void
memory_stays_bounded(unsigned producers, unsigned consumers)
{
	size_t resident, heap;

	run(producers, consumers, scaled(40000));
	resident = resident_kib();
	heap = t_heap_bytes();
	run(producers, consumers, scaled(600000));
	CHECK(SANITIZED || is_emulated() ||
	      resident_kib() < resident + GROWTH_KIB,
	      "%u:%u: resident memory grew from %zu to %zu KiB", producers,
	      consumers, resident, resident_kib());
	CHECK(t_heap_bytes() < heap + ADDRESSES_KIB * KIB,
	      "%u:%u: the heap grew from %zu to %zu", producers, consumers,
	      heap, t_heap_bytes());
	CHECK(t_check() == 0);
	printf("%u:%u resident %zu then %zu KiB\n", producers, consumers,
	       resident, resident_kib());
}

int
main(void)
{
	memory_stays_bounded(1, 1);
	memory_stays_bounded(1, THREADS_MOST);
	memory_stays_bounded(THREADS_MOST, 1);
	memory_stays_bounded(3, 3);
	return 0;
}
