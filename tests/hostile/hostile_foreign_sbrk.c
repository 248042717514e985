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

static void *
move_break(void *argument)
{
	(void)argument;
	for (size_t i = 0; i < 2000 && !atomic_load(&stop); i++) {
		unsigned char *p;

		p = sbrk(1 + (intptr_t)(i * 37 % 5000));
		if (p != (void *)-1) {
			*p = 1;
			/* Refused if the heap lies above it by now. */
			if (i % 3 == 0) {
				sbrk(-1 - (intptr_t)(i * 37 % 5000));
			}
		}
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
			blocks[j] = block_make(random_size(&random, 19), i);
		}
		for (size_t j = 0; j < ARRAY_LENGTH(blocks); j++) {
			block_end(&blocks[j]);
		}
		t_trim(0);
	}
	return NULL;
}

/* Who lowers the break into the heap would take live blocks away. */
static void
break_is_not_lowered_into_the_heap(void)
{
#if defined(__GLIBC__) && !defined(TEST_PREFIXED_ONLY)
	unsigned char *before = sbrk(0);
	struct block blocks[100];
	size_t n = 0;

	while (n < ARRAY_LENGTH(blocks) && sbrk(0) == (void *)before) {
		blocks[n] = block_make(300000, n);
		n++;
	}
	if (sbrk(0) != (void *)before) {
		errno = 0;
		CHECK(brk(before) == -1 && errno == ENOMEM);
		errno = 0;
		CHECK(sbrk(before - (unsigned char *)sbrk(0)) ==
		      (void *)-1 && errno == ENOMEM);
		errno = 0;
		CHECK(sbrk(-1) == (void *)-1 && errno == ENOMEM);
	}
	while (n > 0) {
		block_end(&blocks[--n]);
	}
	/* What nobody uses may go. */
	CHECK(brk(sbrk(0)) == 0);
	before = sbrk(1000);
	CHECK(before != (void *)-1 && brk(before) == 0 &&
	      sbrk(0) == (void *)before);
#endif
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
	break_is_not_lowered_into_the_heap();
	break_moves_in_another_thread();
	verify_foreign();
	block_end_all(row, HELD);
	CHECK(t_check() == 0);
	return 0;
}
