/* SPDX-License-Identifier: MIT */
/*
 * test_quarantine.c - who waits, who is ready, and where they go.  Skipped in
 * the default build, which has no quarantine.
 */
#include "base.h"

#include <pthread.h>
#include <signal.h>

#include <memalloc.h>

#include "block.h"
#include "hardened.h"
#include "heap.h"
#include "pagemap.h"
#include "quarantine.h"
#include "thread.h"
#include "util.h"

#if MA_HARDENED

#define CLASS 3u /* of 64 bytes */
#define SIZE 64u
#define MANY 1000u
#define WAITING 16u
#define READY 48u

/* A heap of no thread, and blocks that lie in no span. */
static struct ma_heap heap;
static struct {
	struct ma_block block;
	char rest[SIZE - sizeof(struct ma_block)];
} fakes[MANY] __attribute__((aligned(2 * SIZE)));

static struct ma_block *
fake(size_t i)
{
	struct ma_block *block = &fakes[i].block;

	ma_block_link(block, MA_BLOCK_END, ma_secret_mark);
	return block;
}

static void
set_up(void)
{
	memalloc_free(memalloc_malloc(1));	/* The secret is there then. */
	heap.secret = ma_secret_mark;
	heap.number = ma_heap_last_number();
	ck_assert_uint_eq(ma_sizeclass[CLASS].size, SIZE);
	ck_assert(ma_quarantine_make(&heap));
}

static const struct ma_quarantine_class *
of_class(const struct ma_heap *of)
{
	return &of->quarantine->classes[CLASS];
}

static size_t
blocks_in(const struct ma_heap *of)
{
	return ma_load_blocks(ma_quarantine_load(of));
}

static size_t
ready_in(const struct ma_heap *of)
{
	size_t n = 0;

	for (unsigned c = 0; c < MA_CLASSES; c++) {
		n += of->quarantine->classes[c].top -
			of->quarantine->classes[c].ready;
	}
	return n;
}

START_TEST(a_block_that_is_freed_waits)
{
	for (size_t i = 0; i < MANY; i++) {
		struct ma_block *block = fake(i), *ready;

		/* Room for the next that comes out. */
		ma_quarantine_pass(&heap, CLASS, block);
		ready = ma_quarantine_take(&heap, CLASS);
		ck_assert_ptr_ne(ready, block);
		ck_assert(ready == NULL ||
		          ma_block_is_intact(ready, ma_secret_mark));
	}
	ck_assert_uint_eq(blocks_in(&heap), WAITING);
}
END_TEST

/* Each comes out once, and the order is not that of freeing. */
START_TEST(who_comes_out_is_a_matter_of_chance)
{
	static bool seen[MANY];
	size_t n = 0, in_order = 0;

	for (size_t i = 0; i < MANY; i++) {
		struct ma_block *out;

		ma_quarantine_pass(&heap, CLASS, fake(i));
		out = ma_quarantine_take(&heap, CLASS);
		if (out != NULL) {
			size_t k = (size_t)((char *)out - (char *)fakes) /
				SIZE;

			ck_assert(!seen[k]);
			seen[k] = true;
			n++;
			in_order += k + WAITING == i;
		}
	}
	ck_assert_uint_eq(n, MANY - WAITING);
	ck_assert_uint_lt(in_order, MANY / 4);
}
END_TEST

START_TEST(where_there_is_no_room_a_block_comes_back)
{
	size_t back = 0;

	for (size_t i = 0; i < MANY; i++) {
		back += ma_quarantine_pass(&heap, CLASS, fake(i)) != NULL;
	}
	ck_assert_uint_eq(back, MANY - WAITING -
	                        READY);
	ck_assert_uint_eq(blocks_in(&heap),
	                  WAITING + READY);
	ck_assert_uint_eq(ma_load_bytes(ma_quarantine_load(&heap)),
	                  blocks_in(&heap) * SIZE);
}
END_TEST

START_TEST(guests_are_never_ready)
{
	size_t back = 0;

	for (size_t i = 0; i < MANY; i++) {
		struct ma_block *out = i % 2 == 0 ?
			ma_quarantine_add_guest(&heap, CLASS, fake(i)) :
			ma_quarantine_pass(&heap, CLASS, fake(i));
		struct ma_block *ready = ma_quarantine_take(&heap, CLASS);

		ck_assert((uintptr_t)out % MA_ALIGNMENT == 0);
		ck_assert((uintptr_t)ready % (2 * SIZE) ==
		          (ready == NULL ? 0 : SIZE));
		back += out != NULL;
	}
	ck_assert_uint_ge(back, MANY / 2 - WAITING);
	ck_assert_uint_eq(blocks_in(&heap), WAITING);
}
END_TEST

/* The blocks of the heap that were overwritten: how many, and the last. */
struct bad {
	size_t count;
	const void *block;
};

static void
note_bad(void *arg, const void *block)
{
	struct bad *bad = arg;

	bad->count++;
	bad->block = block;
}

static struct bad
look_for_bad(void)
{
	struct bad bad = { 0, NULL };

	if (MA_HARDENED) {
		ma_hardened_each_bad(&heap, note_bad, &bad);
	}
	return bad;
}

START_TEST(who_waits_and_was_written_to_is_found)
{
	for (size_t i = 0; i < MANY; i++) {
		if (i % 2 == 0) {
			ma_quarantine_pass(&heap, CLASS, fake(i));
		} else {
			ma_quarantine_add_guest(&heap, CLASS, fake(i));
		}
	}
	ck_assert_uint_eq(look_for_bad().count, 0);
	for (size_t i = 0, found = 0;; i++) {
		struct ma_block *ready = (struct ma_block *)
			heap.quarantine->places[of_class(&heap)->ready];
		char *byte = &fakes[i].rest[(i * 7) % sizeof(fakes->rest)];

		ck_assert_uint_lt(i, MANY);
		*byte = 1;
		found += look_for_bad().block == &fakes[i];
		*byte = 0;
		/* All of what is there, that which is ready, too. */
		if (found == blocks_in(&heap)) {
			ready->mark ^= 1;
			ck_assert_ptr_eq(look_for_bad().block, ready);
			break;
		}
	}
}
END_TEST

START_TEST(each_of_those_that_were_written_to_is_told_of)
{
	for (size_t i = 0; i < 5; i++) {
		ma_quarantine_pass(&heap, CLASS, fake(i));
		fakes[i].rest[i] = 1;
	}
	ck_assert_uint_eq(look_for_bad().count, 5);
}
END_TEST

/* The thread's own heap, real blocks. */

static void *blocks[MANY];

static void
fill_and_free(size_t size)
{
	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = memalloc_malloc(size);
	}
	for (size_t i = 0; i < MANY; i++) {
		memalloc_free(blocks[i]);
	}
}

START_TEST(what_is_flushed_is_free_in_its_span)
{
	struct ma_heap *own = ma_thread.heap;
	size_t all, ready;

	fill_and_free(40);
	all = blocks_in(own);
	ready = ready_in(own);
	ck_assert_uint_ge(ready, READY);
	ma_lock_take(&own->lock);
	ma_quarantine_return_locked(own, false);
	ma_lock_release(&own->lock);
	ck_assert_uint_eq(blocks_in(own), all - ready);
	ck_assert_int_eq(memalloc_check(), 0);
	ma_quarantine_flush(own);
	ck_assert_uint_eq(blocks_in(own), 0);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

static struct ma_heap *ended;

static void *
fill_and_end(void *unused)
{
	fill_and_free(100);
	ended = ma_thread.heap;
	return unused;
}

START_TEST(a_thread_that_ends_leaves_nothing_ready)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fill_and_end, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_ptr_ne(ended, ma_thread.heap);
	ck_assert_uint_gt(blocks_in(ended), 0);
	ck_assert_uint_eq(ready_in(ended), 0);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

static void *
fill_only(void *unused)
{
	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = memalloc_malloc(200);
	}
	return unused;
}

/* Blocks of another heap wait here, and go home when flushed. */
START_TEST(blocks_of_another_heap_go_home)
{
	struct ma_heap *own = ma_thread.heap;
	pthread_t thread;

	ma_quarantine_flush(own);
	ck_assert_int_eq(pthread_create(&thread, NULL, fill_only, NULL), 0);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < MANY; i++) {
		memalloc_free(blocks[i]);
	}
	ck_assert_uint_eq(ready_in(own), 0);
	ck_assert_uint_ge(blocks_in(own), WAITING);
	ma_quarantine_flush(own);
	ck_assert_uint_eq(blocks_in(own), 0);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(who_is_ready_serves_aligned_requests)
{
	void *p = memalloc_aligned_alloc(64, 64), *q;
	size_t ready;

	for (size_t i = 0; i < MANY; i++) {
		blocks[i] = memalloc_aligned_alloc(64, 64);
	}
	for (size_t i = 0; i < MANY; i++) {
		memalloc_free(blocks[i]);
	}
	memalloc_free(p);
	ready = ready_in(ma_thread.heap);
	ck_assert_uint_gt(ready, 0);
	q = memalloc_aligned_alloc(64, 64);
	ck_assert_uint_eq((uintptr_t)q % 64, 0);
	ck_assert_uint_eq(ready_in(ma_thread.heap), ready - 1);
	memalloc_free(q);
}
END_TEST

START_TEST(who_was_written_to_while_ready_is_not_handed_out)
{
	const struct ma_quarantine_class *q;

	fill_and_free(SIZE - 8);
	q = of_class(ma_thread.heap);
	for (size_t i = q->ready; i < q->top; i++) {
		((volatile char *)ma_thread.heap->quarantine->places[i])
			[SIZE / 2] = 1;
	}
	(void)opaque(memalloc_malloc(SIZE - 8));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("quarantine");
	TCase *tcase = add_case(suite, "quarantine", 60);

	tcase_add_checked_fixture(tcase, set_up, NULL);
	tcase_add_test(tcase, a_block_that_is_freed_waits);
	tcase_add_test(tcase, who_comes_out_is_a_matter_of_chance);
	tcase_add_test(tcase, where_there_is_no_room_a_block_comes_back);
	tcase_add_test(tcase, guests_are_never_ready);
	tcase_add_test(tcase, who_waits_and_was_written_to_is_found);
	tcase_add_test(tcase, each_of_those_that_were_written_to_is_told_of);
	tcase_add_test(tcase, what_is_flushed_is_free_in_its_span);
	tcase_add_test(tcase, a_thread_that_ends_leaves_nothing_ready);
	tcase_add_test(tcase, blocks_of_another_heap_go_home);
	tcase_add_test(tcase, who_is_ready_serves_aligned_requests);
	tcase_add_test_raise_signal(
		tcase, who_was_written_to_while_ready_is_not_handed_out,
		SIGABRT);
	return run_suite(suite);
}

#else

int
main(void)
{
	return 77;
}

#endif
