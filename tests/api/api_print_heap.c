/* SPDX-License-Identifier: MIT */
/*
 * api_print_heap.c - the contract of memalloc_print_heap and print_mem_heap:
 * the format of every line, the order of the records, the sums.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "churn.h"
#include "heap_text.h"
#include "names.h"
#include "util.h"

/* The file of FD as one string, mapped so as not to stir the heap. */
static const char *
whole_text(int fd)
{
	struct stat status;
	char *text;

	ck_assert_int_eq(fstat(fd, &status), 0);
	/* A NUL more than it had. */
	ck_assert_int_eq(ftruncate(fd, status.st_size + 1), 0);
	text = mmap(NULL, status.st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
	ck_assert_ptr_ne(text, MAP_FAILED);
	return text;
}

/* Print the heap now and parse it; everything that must always hold, holds. */
static void
print(struct heap_text *h)
{
	int fd = child_file();
	const char *text;

	ck_assert_int_eq(memalloc_print_heap(fd), 0);
	text = whole_text(fd);
	close(fd);
	memset(h, 0, sizeof(*h));
	ck_assert(heap_text_next(h, &text));
	ck_assert_str_eq(text, "");
	heap_text_expect_order(h);
	heap_text_expect_sums(h);
	heap_text_expect_bins(h);
	ck_assert_uint_eq(h->moving, 0);
}

static const struct heap_block *
find_block(const struct heap_text *h, const void *p)
{
	for (size_t i = 0; i < h->blocks; i++) {
		if (h->block[i].address == (uintptr_t)p) {
			return &h->block[i];
		}
	}
	return NULL;
}

static size_t
count_state(const struct heap_text *h, const char *state)
{
	size_t count = 0;

	for (size_t i = 0; i < h->blocks; i++) {
		count += strcmp(h->block[i].state, state) == 0;
	}
	return count;
}

/* Blocks of all kinds; of every third only the place stays. */
#define STIRRED 2000
static void *stirred[STIRRED];
static bool is_live[STIRRED];

static void
stir(void)
{
	uint64_t random = 23;

	for (size_t i = 0; i < STIRRED; i++) {
		size_t size = next_random(&random) % (i % 20 ? 1500 : 90000);

		stirred[i] = memalloc_malloc(size);
		is_live[i] = true;
	}
	for (size_t i = 0; i < STIRRED; i += 3) {
		memalloc_free(stirred[i]);
		is_live[i] = false;
	}
}

START_TEST(every_line_has_its_format_and_the_sums_hold)
{
	struct heap_text h;

	print(&h);
	heap_text_release(&h);
	stir();
	print(&h);
	ck_assert_uint_gt(h.spans, 0);
	ck_assert_uint_gt(h.blocks, STIRRED / 2);
	ck_assert_uint_gt(count_state(&h, "free"), 0);
	ck_assert_uint_gt(count_state(&h, "uncarved"), 0);
	memalloc_trim(0);
	heap_text_release(&h);
	print(&h);
}
END_TEST

START_TEST(each_live_block_is_printed_with_its_size)
{
	struct heap_text h;

	stir();
	print(&h);
	for (size_t i = 0; i < STIRRED; i++) {
		const struct heap_block *b = find_block(&h, stirred[i]);

		if (!is_live[i]) {
			/* Its place may have been reused since. */
			continue;
		}
		REQUIRE(b != NULL, "block %zu", i);
		REQUIRE(strcmp(b->state, "live") == 0, "block %zu: %s", i,
		        b->state);
		REQUIRE(b->size == memalloc_usable_size(stirred[i]),
		        "block %zu: %zu", i, b->size);
	}
}
END_TEST

START_TEST(live_is_what_the_program_holds)
{
	struct heap_text before, after;
	static void *block[500];
	size_t held = 0;
	uint64_t random = 29;

	print(&before);
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		block[i] = memalloc_malloc(next_random(&random) % 5000);
	}
	block[0] = memalloc_realloc(block[0], 300000);
	for (size_t i = 0; i < ARRAY_LENGTH(block); i++) {
		held += memalloc_usable_size(block[i]);
	}
	/* The harness's own blocks were taken after the first look. */
	held += memalloc_usable_size(before.span) +
	        memalloc_usable_size(before.block);
	print(&after);
	ck_assert_uint_eq(after.live, before.live + held);
}
END_TEST

START_TEST(a_freed_block_is_printed_as_free)
{
	struct heap_text h;
	void *kept = memalloc_malloc(3000);
	void *p = memalloc_malloc(3000);

	memalloc_free(opaque(p));
	print(&h);
	ck_assert_ptr_nonnull(find_block(&h, opaque(p)));
	ck_assert_str_eq(find_block(&h, opaque(p))->state, "free");
	ck_assert_str_eq(find_block(&h, kept)->state, "live");
}
END_TEST

START_TEST(huge_blocks_are_printed)
{
	struct heap_text h;
	void *p = memalloc_malloc(40 * MIB);

	print(&h);
	ck_assert_ptr_nonnull(find_block(&h, p));
	ck_assert_uint_ge(find_block(&h, p)->size, 40 * MIB);
	memalloc_free(opaque(p));
	heap_text_release(&h);
	print(&h);
	ck_assert(find_block(&h, opaque(p)) == NULL);
}
END_TEST

START_TEST(used_spans_name_their_owner_and_capacity)
{
	struct heap_text h;

	stir();
	print(&h);
	for (size_t i = 0; i < h.spans; i++) {
		const struct heap_span *s = &h.span[i];

		REQUIRE(s->used <= s->capacity, "span %zx", s->address);
		REQUIRE(heap_span_is_free(s) == (s->blocks == 0), "span %zx",
		        s->address);
		REQUIRE(strcmp(s->bin, "-") == 0 || s->owner != 0,
		        "span %zx", s->address);
	}
}
END_TEST

START_TEST(the_text_agrees_with_the_figures)
{
	struct memalloc_stats stats;
	int fd = child_file();
	struct heap_text h;
	const char *text;

	stir();
	memalloc_stats(&stats, sizeof(stats));
	ck_assert_int_eq(memalloc_print_heap(fd), 0);
	text = whole_text(fd);
	memset(&h, 0, sizeof(h));
	ck_assert(heap_text_next(&h, &text));
	ck_assert_uint_eq(h.heap, stats.heap);
	ck_assert_uint_eq(h.live, stats.live);
	ck_assert_uint_eq(h.free, stats.free + stats.cached);
	ck_assert_uint_eq(h.uncarved, stats.uncarved);
	ck_assert_uint_eq(h.slack, stats.slack);
	ck_assert_uint_eq(count_state(&h, "live"), stats.live_blocks);
}
END_TEST

START_TEST(printing_allocates_nothing)
{
	int fd = open("/dev/null", O_WRONLY);
	struct memalloc_stats before, after;
	int result, error;

	stir();
	/* No ck_assert between the two: it allocates. */
	memalloc_stats(&before, sizeof(before));
	errno = 77;
	result = memalloc_print_heap(fd);
	error = errno;
	memalloc_stats(&after, sizeof(after));
	ck_assert_int_eq(result, 0);
	ck_assert_int_eq(error, 77);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_OK);
	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(a_bad_descriptor_is_an_error)
{
	int fd[2];

	errno = 0;
	ck_assert_int_eq(memalloc_print_heap(-1), -1);
	ck_assert_int_eq(errno, EBADF);
	ck_assert_int_eq(memalloc_last_error(), MEMALLOC_ERR_OUTPUT);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(pipe(fd), 0);
	close(fd[0]);
	errno = 0;
	ck_assert_int_eq(memalloc_print_heap(fd[1]), -1);
	ck_assert_int_eq(errno, EPIPE);
	close(fd[1]);
	fd[0] = open("/dev/full", O_WRONLY);
	if (fd[0] >= 0) {
		errno = 0;
		ck_assert_int_eq(memalloc_print_heap(fd[0]), -1);
		ck_assert_int_eq(errno, ENOSPC);
	}
}
END_TEST

static int drained;

/* Read the pipe to its end in small pieces into the file `drained`. */
static void *
drain(void *arg)
{
	int fd = *(int *)arg;
	char piece[500];
	ssize_t got;

	while ((got = read(fd, piece, sizeof(piece))) > 0) {
		REQUIRE(write(drained, piece, got) == got, "harness");
	}
	return NULL;
}

START_TEST(short_writes_to_a_pipe_lose_nothing)
{
	struct heap_text h;
	const char *text;
	pthread_t thread;
	int fd[2];

	stir();
	drained = child_file();
	ck_assert_int_eq(pipe(fd), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, drain, &fd[0]), 0);
	ck_assert_int_eq(memalloc_print_heap(fd[1]), 0);
	close(fd[1]);
	pthread_join(thread, NULL);
	text = whole_text(drained);
	memset(&h, 0, sizeof(h));
	ck_assert(heap_text_next(&h, &text));
	ck_assert_str_eq(text, "");
	heap_text_expect_order(&h);
	heap_text_expect_sums(&h);
	heap_text_expect_bins(&h);
}
END_TEST

static int
play_print_mem_heap(void)
{
	memalloc_free(memalloc_malloc(100));
	print_mem_heap();
	return 0;
}

static const struct role roles[] = {
	{ "print_mem_heap", play_print_mem_heap },
};

START_TEST(print_mem_heap_writes_to_standard_output)
{
	static struct child child;
	struct heap_text h;
	const char *text = child.output;

	child_run_self(&child, "print_mem_heap", NULL);
	ck_assert_int_eq(child_exit_status(&child), 0);
	ck_assert_str_eq(child.error, "");
	memset(&h, 0, sizeof(h));
	ck_assert(heap_text_next(&h, &text));
	ck_assert_str_eq(text, "");
	heap_text_expect_order(&h);
	heap_text_expect_sums(&h);
	heap_text_expect_bins(&h);
}
END_TEST

/* --- While the heap moves ----------------------------------------------- */

/* All heaps in the file of FD: parsed, in order, and summing up. */
static size_t
judge_all(int fd)
{
	const char *text = whole_text(fd);
	struct heap_text h;
	size_t heaps = 0;

	memset(&h, 0, sizeof(h));
	while (heap_text_next(&h, &text)) {
		heap_text_expect_order(&h);
		heap_text_expect_sums(&h);
		heaps++;
	}
	return heaps;
}

static int handler_fd;
static volatile sig_atomic_t handled;

static void
print_in_handler(int signal_number)
{
	int saved = errno;

	(void)signal_number;
	if (memalloc_print_heap(handler_fd) == 0) {
		handled++;
	}
	errno = saved;
}

/* Of the slots that churn, one in so many is for large blocks. */
#define PERIOD 16

START_TEST(a_signal_handler_may_print_at_any_moment)
{
	struct itimerval every = { { 0, 2000 }, { 0, 2000 } };
	void *slot[200] = { NULL };
	uint64_t random = 31;
	size_t heaps;

	handler_fd = child_file();
	signal(SIGALRM, print_in_handler);
	ck_assert_int_eq(setitimer(ITIMER_REAL, &every, NULL), 0);
	while (handled < 200) {
		churn_one(slot, ARRAY_LENGTH(slot), PERIOD, &random);
	}
	memset(&every, 0, sizeof(every));
	setitimer(ITIMER_REAL, &every, NULL);
	heaps = judge_all(handler_fd);
	ck_assert_uint_ge(heaps, 200);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

START_TEST(the_text_keeps_its_form_while_others_allocate)
{
	int fd = child_file();
	size_t heaps;

	/* Each text begins with a span. */
	ck_assert_ptr_nonnull(memalloc_malloc(1));
	churn_start(3, PERIOD);
	for (int round = 0; round < 200; round++) {
		REQUIRE(memalloc_print_heap(fd) == 0, "round %d", round);
	}
	churn_end();
	heaps = judge_all(fd);
	ck_assert_uint_eq(heaps, 200);
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

/* Threads that come and go, huge blocks, and trims. */
static void *
short_life(void *arg)
{
	void *p = memalloc_malloc(33 * MIB);
	void *q = memalloc_malloc(700);

	memset(opaque(p), 1, 4096);
	memalloc_free(opaque(p));
	memalloc_free(opaque(q));
	return arg;
}

static void *
upheave(void *arg)
{
	while (!atomic_load(&churn_is_over)) {
		pthread_t thread;

		if (pthread_create(&thread, NULL, short_life, NULL) == 0) {
			pthread_join(thread, NULL);
		}
		memalloc_trim(0);
	}
	return arg;
}

START_TEST(threads_mappings_and_the_break_may_come_and_go_meanwhile)
{
	pthread_t thread;
	int fd = child_file();

	/* Each text begins with a span. */
	ck_assert_ptr_nonnull(memalloc_malloc(1));
	churn_start(1, PERIOD);
	ck_assert_int_eq(pthread_create(&thread, NULL, upheave, NULL), 0);
	for (int round = 0; round < 300; round++) {
		REQUIRE(memalloc_print_heap(fd) == 0, "round %d", round);
	}
	churn_end();
	pthread_join(thread, NULL);
	ck_assert_uint_eq(judge_all(fd), 300);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("print_heap");
	TCase *tcase = add_case(suite, "quiet", 60);
	int status;

	if (child_play(argc, argv, roles, ARRAY_LENGTH(roles), &status)) {
		return status;
	}
	tcase_add_test(tcase, every_line_has_its_format_and_the_sums_hold);
	tcase_add_test(tcase, each_live_block_is_printed_with_its_size);
	tcase_add_test(tcase, live_is_what_the_program_holds);
	tcase_add_test(tcase, a_freed_block_is_printed_as_free);
	tcase_add_test(tcase, huge_blocks_are_printed);
	tcase_add_test(tcase, used_spans_name_their_owner_and_capacity);
	tcase_add_test(tcase, the_text_agrees_with_the_figures);
	tcase_add_test(tcase, printing_allocates_nothing);
	tcase_add_test(tcase, a_bad_descriptor_is_an_error);
	tcase_add_test(tcase, short_writes_to_a_pipe_lose_nothing);
	tcase_add_test(tcase, print_mem_heap_writes_to_standard_output);
	tcase = add_case(suite, "moving", 120);
	tcase_add_test(tcase, a_signal_handler_may_print_at_any_moment);
	tcase_add_test(tcase, the_text_keeps_its_form_while_others_allocate);
	tcase_add_test(tcase,
	          threads_mappings_and_the_break_may_come_and_go_meanwhile);
	return run_suite(suite);
}
