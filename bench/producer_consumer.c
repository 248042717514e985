/* SPDX-License-Identifier: MIT */
/*
 * producer_consumer.c - what do blocks cost that one thread makes and another
 * frees?
 *
 * Modes: pair (one and one), fan_out (one and four), fan_in (four and one).
 * Blocks travel in packets of 256 through a queue of 64 packets, so that the
 * queue's lock is not what is measured.
 */
#include "bench.h"

#define PACKET 256
#define QUEUE 64

struct packet {
	unsigned char *blocks[PACKET];
};

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t filled, emptied;
	struct packet packets[QUEUE];
	size_t head, count, producers;
} queue = { .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .filled = PTHREAD_COND_INITIALIZER,
	    .emptied = PTHREAD_COND_INITIALIZER };

static size_t packets_each;
static atomic_uint_fast64_t checksum;

static void *
produce(void *argument)
{
	uint64_t random = (uintptr_t)argument;
	struct packet packet;

	for (size_t n = 0; n < packets_each; n++) {
		for (size_t i = 0; i < PACKET; i++) {
			packet.blocks[i] = bench_malloc(usual_size(&random));
		}
		pthread_mutex_lock(&queue.mutex);
		while (queue.count == QUEUE) {
			pthread_cond_wait(&queue.emptied, &queue.mutex);
		}
		queue.packets[(queue.head + queue.count++) % QUEUE] = packet;
		pthread_cond_signal(&queue.filled);
		pthread_mutex_unlock(&queue.mutex);
	}
	pthread_mutex_lock(&queue.mutex);
	queue.producers--;
	pthread_cond_broadcast(&queue.filled);
	pthread_mutex_unlock(&queue.mutex);
	return NULL;
}

static void *
consume(void *argument)
{
	uint64_t sum = 0;
	struct packet packet;

	for (;;) {
		pthread_mutex_lock(&queue.mutex);
		while (queue.count == 0 && queue.producers > 0) {
			pthread_cond_wait(&queue.filled, &queue.mutex);
		}
		if (queue.count == 0) {
			pthread_mutex_unlock(&queue.mutex);
			break;
		}
		packet = queue.packets[queue.head];
		queue.head = (queue.head + 1) % QUEUE;
		queue.count--;
		pthread_cond_signal(&queue.emptied);
		pthread_mutex_unlock(&queue.mutex);
		for (size_t i = 0; i < PACKET; i++) {
			sum += packet.blocks[i][0];
			free(packet.blocks[i]);
		}
	}
	atomic_fetch_add(&checksum, sum);
	return argument;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "pair", "fan_out", "fan_in",
		                             NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t producers = bench.mode == modes[2] ? 4 : 1;
	size_t consumers = bench.mode == modes[1] ? 4 : 1;
	pthread_t threads[8];
	size_t n = 0;

	packets_each = bench_count(&bench, 24000) / producers;
	queue.producers = producers;
	for (size_t i = 0; i < producers; i++) {
		pthread_create(&threads[n++], NULL, produce,
		               (void *)(uintptr_t)(bench.random + i));
	}
	for (size_t i = 0; i < consumers; i++) {
		pthread_create(&threads[n++], NULL, consume, NULL);
	}
	while (n > 0) {
		pthread_join(threads[--n], NULL);
	}
	bench.operations = packets_each * PACKET * producers;
	bench.checksum = atomic_load(&checksum);
	return bench_end("producer_consumer", &bench);
}
