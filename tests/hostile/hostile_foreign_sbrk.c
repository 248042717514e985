/* SPDX-License-Identifier: MIT */
/*
 * hostile_foreign_sbrk.c - the program moves the break itself, up and down,
 * between and during allocations.
 *
 * What the program took by sbrk it fills and verifies: the library must never
 * hand it out, zero it or give it back.  What the library handed out must
 * survive the program's taking the break back down to where it found it.
 */
#include "block.h"

#define HELD 400
#define FOREIGN 64

static struct block row[HELD];
static uint64_t random_state = 11;

static struct {
	unsigned char *p;
	size_t size;
} foreign[FOREIGN];
static size_t foreign_count;

static void
churn(size_t count, unsigned bits)
{
	for (size_t i = 0; i < count; i++) {
		struct block *block = &row[random_below(&random_state, HELD)];

		if (block->p == NULL) {
			*block = block_make(random_size(&random_state, bits),
			                    next_random(&random_state));
		} else if (random_below(&random_state, 3) == 0) {
			block_resize(block,
			             random_size(&random_state, bits));
		} else {
			block_end(block);
		}
	}
}

static void
verify_foreign(void)
{
	for (size_t i = 0; i < foreign_count; i++) {
		CHECK(pattern_holds(foreign[i].p, foreign[i].size, i),
		      "the program's own %p+%zu", (void *)foreign[i].p,
		      foreign[i].size);
	}
}

/* Move the break up by an odd amount, or do without. */
static void
take_foreign(void)
{
	size_t size = 1 + random_below(&random_state, 300000);
	void *p = sbrk((intptr_t)size);

	if (p == (void *)-1 || foreign_count == FOREIGN) {
		return;
	}
	foreign[foreign_count].p = p;
	foreign[foreign_count].size = size;
	pattern_fill(p, size, foreign_count);
	foreign_count++;
}

/* Lower the break by what was taken last, if it still ends there. */
static bool
give_foreign_back(void)
{
	unsigned char *end;

	if (foreign_count == 0) {
		return false;
	}
	end = foreign[foreign_count - 1].p + foreign[foreign_count - 1].size;
	if (sbrk(0) != (void *)end) {
		return false;
	}
	CHECK(sbrk(-(intptr_t)foreign[foreign_count - 1].size) !=
	      (void *)-1);
	foreign_count--;
	return true;
}

static void
break_moves_between_allocations(void)
{
	size_t given = 0;

	for (size_t i = 0; i < scaled(300); i++) {
		churn(100, 18);
		if (random_below(&random_state, 3) > 0) {
			given += give_foreign_back();
		} else {
			take_foreign();
		}
		if (i % 10 == 0) {
			verify_foreign();
			t_trim(0);
			verify_foreign();
			CHECK(t_check() == 0);
		}
	}
	printf("took %zu, gave back %zu\n", foreign_count, given);
}

/* Up and down again at once: the break ends where the library left it, with
   a part of a page of stale bytes that calloc must not take for zero. */
static void
break_goes_up_and_down_at_once(void)
{
	for (size_t i = 0; i < scaled(200); i++) {
		size_t size = 1 + random_below(&random_state, 9000);
		unsigned char *p = sbrk((intptr_t)size);
		unsigned char *zero;
		size_t length = 200000 + random_below(&random_state, 400000);

		if (p == (void *)-1) {
			return;
		}
		memset(p, 0xee, size);
		CHECK(sbrk(-(intptr_t)size) != (void *)-1);
		zero = t_calloc(1, length);
		CHECK(zero != NULL);
		for (size_t j = 0; j < length; j++) {
			CHECK(zero[j] == 0, "byte %zu of calloc is %#x", j,
			      zero[j]);
		}
		memset(zero, 0xdd, length);
		t_free(zero);
		if (i % 20 == 0) {
			t_trim(0);
		}
	}
}

static atomic_bool stop;

/*
 * sbrk itself is not thread-safe: glibc's reads its copy of the break, adds,
 * and calls brk, so two calls at the same time may lower the break instead
 * of raising it, and no allocator that uses it can help that.  So the break
 * moves while no thread is in a call: writers of this lock move it.
 */
static pthread_rwlock_t break_lock = PTHREAD_RWLOCK_INITIALIZER;

static void *
move_break(void *argument)
{
	(void)argument;
	for (size_t i = 0; i < 2000 && !atomic_load(&stop); i++) {
		unsigned char *p;

		pthread_rwlock_wrlock(&break_lock);
		p = sbrk(1 + (intptr_t)(i * 37 % 5000));
		if (p != (void *)-1) {
			*p = 1;
		}
		if (i % 3 == 0 && p != (void *)-1) {
			CHECK(sbrk(-1 - (intptr_t)(i * 37 % 5000)) !=
			      (void *)-1);
		}
		pthread_rwlock_unlock(&break_lock);
		usleep(200);
	}
	return NULL;
}

static void *
allocate(void *argument)
{
	uint64_t random = (uintptr_t)argument;

	for (size_t i = 0; i < scaled(150); i++) {
		struct block blocks[40];

		for (size_t j = 0; j < ARRAY_LENGTH(blocks); j++) {
			pthread_rwlock_rdlock(&break_lock);
			blocks[j] = block_make(random_size(&random, 19), i);
			pthread_rwlock_unlock(&break_lock);
		}
		for (size_t j = 0; j < ARRAY_LENGTH(blocks); j++) {
			pthread_rwlock_rdlock(&break_lock);
			block_end(&blocks[j]);
			pthread_rwlock_unlock(&break_lock);
		}
		pthread_rwlock_rdlock(&break_lock);
		t_trim(0);
		pthread_rwlock_unlock(&break_lock);
	}
	return NULL;
}

static void
break_moves_in_another_thread(void)
{
	pthread_t mover = thread_start(move_break, NULL);
	pthread_t threads[3];

	for (size_t t = 0; t < 3; t++) {
		threads[t] = thread_start(allocate, (void *)(t + 1));
	}
	for (size_t t = 0; t < 3; t++) {
		thread_join(threads[t]);
	}
	atomic_store(&stop, true);
	thread_join(mover);
}

int
main(void)
{
	break_moves_between_allocations();
	break_goes_up_and_down_at_once();
	break_moves_in_another_thread();
	verify_foreign();
	block_end_all(row, HELD);
	CHECK(t_check() == 0);
	return 0;
}
