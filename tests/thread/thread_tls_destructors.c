/* SPDX-License-Identifier: MIT */
/*
 * thread_tls_destructors.c - destructors of thread-specific data that
 * allocate and free, before and after the library's own destructor.
 *
 * More keys than glibc keeps without allocating (32); each destructor frees
 * its value, allocates, and sets a new value for the next round until the
 * system stops calling.  A library that builds a new cache for each late call
 * leaks one a thread: memory must stay flat.
 */
#include <limits.h>

#include "block.h"
#include "footprint.h"

/* ThreadSanitizer takes a thread down in the last round. */
#define ROUNDS (PTHREAD_DESTRUCTOR_ITERATIONS - THREAD_SANITIZED)

#define KEYS 100
#define AT_ONCE 4
#define GROWTH_KIB (8 * KIB)

static pthread_key_t keys[KEYS];
static atomic_size_t made, ended;

struct value {
	size_t key, round;
	unsigned char filler[200];
};

static struct value *
value_make(size_t key, size_t round)
{
	struct value *value = t_malloc(sizeof(*value));

	CHECK(value != NULL);
	value->key = key;
	value->round = round;
	memset(value->filler, (int)key, sizeof(value->filler));
	atomic_fetch_add(&made, 1);
	return value;
}

static void
value_end(void *argument)
{
	struct value *value = argument;
	size_t key = value->key, round = value->round;
	void *blocks[8];

	CHECK(key < KEYS);
	CHECK(value->filler[0] == (unsigned char)key);
	CHECK(value->filler[199] == (unsigned char)key);
	for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
		blocks[i] = t_malloc(1 + (key * 7 + i * 131) % 3000);
		CHECK(blocks[i] != NULL);
		memset(blocks[i], 1, 1 + (key * 7 + i * 131) % 3000);
	}
	t_free(value);
	atomic_fetch_add(&ended, 1);
	/* The last round leaves nothing behind. */
	if (round + 1 < ROUNDS) {
		CHECK(pthread_setspecific(keys[key],
		                          value_make(key, round + 1)) == 0);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
		blocks[i] = t_realloc(blocks[i], 5000);
		CHECK(blocks[i] != NULL);
		t_free(blocks[i]);
	}
}

static void *
work(void *argument)
{
	for (size_t k = (uintptr_t)argument % 2; k < KEYS; k += 2) {
		CHECK(pthread_setspecific(keys[k], value_make(k, 0)) == 0);
	}
	return NULL;
}

static void
run_threads(size_t count)
{
	for (size_t i = 0; i < count; i += AT_ONCE) {
		threads_run(work, AT_ONCE);
	}
}

int
main(void)
{
	struct footprint before;

	for (size_t k = 0; k < KEYS; k++) {
		CHECK(pthread_key_create(&keys[k], value_end) == 0);
	}
	run_threads(100);
	before = footprint_now();
	run_threads(scaled(1500));
	CHECK(atomic_load(&made) == atomic_load(&ended));
	footprint_expect(before, GROWTH_KIB, GROWTH_KIB * KIB);
	CHECK(t_check() == 0);
	return 0;
}
