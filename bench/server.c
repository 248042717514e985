/* SPDX-License-Identifier: MIT */
/*
 * server.c - what does a server cost whose threads come and go and leave
 * their blocks to the next (after Larson and Krishnan, 1998)?
 *
 * Each of four chains holds 2 000 blocks; a thread replaces random ones for a
 * while, then starts its successor, hands the blocks over and ends.
 * Modes: small (10 to 500 bytes), usual.
 */
#include "bench.h"

#define CHAINS 4
#define HELD 2000
#define REPLACED 50000 /* Blocks, by one thread of a chain. */

struct chain {
	pthread_t thread;
	unsigned char *blocks[HELD];
	size_t left; /* Threads still to come. */
	uint64_t random, checksum;
	int usual;
};

static struct chain chains[CHAINS];
static atomic_size_t running;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

static void *
serve(void *argument)
{
	struct chain *chain = argument;
	pthread_t next;

	for (size_t i = 0; i < REPLACED; i++) {
		size_t at = random_below(&chain->random, HELD);
		size_t size = chain->usual
			? usual_size(&chain->random)
			: 10 + random_below(&chain->random, 491);

		if (chain->blocks[at] != NULL) {
			chain->checksum += chain->blocks[at][0];
			free(chain->blocks[at]);
		}
		chain->blocks[at] = bench_malloc(size);
	}
	if (--chain->left > 0) {
		if (pthread_create(&next, NULL, serve, chain) != 0) {
			bench_die("no thread");
		}
		pthread_detach(next);
		return NULL;
	}
	pthread_mutex_lock(&mutex);
	if (atomic_fetch_sub(&running, 1) == 1) {
		pthread_cond_signal(&ended);
	}
	pthread_mutex_unlock(&mutex);
	return NULL;
}

int
main(int argc, char **argv)
{
	static const char *const modes[] = { "small", "usual", NULL };
	struct bench bench = bench_begin(argc, argv, modes);
	size_t generations = bench_count(&bench, 60);

	atomic_store(&running, CHAINS);
	for (size_t i = 0; i < CHAINS; i++) {
		chains[i].left = generations;
		chains[i].random = bench.random + i;
		chains[i].usual = bench.mode == modes[1];
		pthread_create(&chains[i].thread, NULL, serve, &chains[i]);
		pthread_detach(chains[i].thread);
	}
	pthread_mutex_lock(&mutex);
	while (atomic_load(&running) > 0) {
		pthread_cond_wait(&ended, &mutex);
	}
	pthread_mutex_unlock(&mutex);
	for (size_t i = 0; i < CHAINS; i++) {
		bench.checksum += chains[i].checksum;
	}
	bench.operations = generations * CHAINS * REPLACED;
	return bench_end("server", &bench);
}
