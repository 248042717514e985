/* SPDX-License-Identifier: MIT */
/*
 * test_hardened.c - what the hardened build does to blocks: guards that stay,
 * blank blocks, fresh ones.  Skipped in the default one.
 */
#include "base.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memalloc.h>

#include "alloc.h"
#include "arena.h"
#include "hardened.h"
#include "liveness.h"
#include "look.h"
#include "option.h"
#include "os.h"
#include "pagemap.h"
#include "sizeclass.h"
#include "target.h"
#include "util.h"

#define LARGE 40000u
#define ROUNDS 200

/* --- What the default build lacks, and is not asked for there ------------ */

static bool
is_blank(const void *p, size_t nbytes)
{
	return MA_HARDENED && ma_liveness_is_blank(p, opaque_size(nbytes));
}

static bool
fits(size_t have, size_t alignment, size_t size, bool is_new)
{
	return MA_HARDENED && ma_hardened_fits(have, alignment, size, is_new);
}

/* The block at P becomes one of NBYTES where it lies, as no memory is had. */
static bool
stays(void *p, size_t nbytes)
{
	struct ma_target t = ma_target_of(p, "realloc");

	return MA_HARDENED && ma_hardened_resize(&t, p, nbytes, true);
}

static bool
is_of_no_bytes(const void *p)
{
	return MA_HARDENED && ma_liveness_is_empty(p);
}

static size_t
large_room(size_t nbytes)
{
	return MA_HARDENED ? ma_liveness_large_room(nbytes) : 0;
}

static size_t
size_of_live(const void *p, size_t room)
{
	return MA_HARDENED ? ma_liveness_size(p, room) : 0;
}

static void
set_size_of_live(void *p, size_t nbytes, size_t room)
{
	if (MA_HARDENED) {
		ma_canary_set(p, nbytes, room);
	}
}

/* ------------------------------------------------------------------------ */

/* The first byte behind the room of the large block at P: of its guard. */
static volatile char *
guard_of(void *p)
{
	const struct ma_span *span = ma_pagemap_record((uintptr_t)p);

	return (volatile char *)span->base + ma_span_bytes(span) -
		ma_os_guard_bytes();
}

static bool
is_zero(const char *p, size_t nbytes)
{
	for (size_t i = 0; i < nbytes; i++) {
		if (p[i] != 0) {
			return false;
		}
	}
	return true;
}

START_TEST(a_large_block_grows_where_it_lies)
{
	char *p = memalloc_malloc(100000), *q = p;
	size_t size = 100000;

	memset(p, 7, size);
	/* Far more than are in its slices. */
	while (size < 400000) {
		size_t more = size + 10000;

		q = memalloc_realloc(p, more);
		REQUIRE(q == p, "%zu", more);
		for (size_t i = 0; i < size; i++) {
			REQUIRE(q[i] == 7, "%zu", i);
		}
		memset(q + size, 7, more - size);
		size = more;
		REQUIRE(memalloc_usable_size(q) == size, "%zu", size);
	}
	memalloc_free(q);
}
END_TEST

START_TEST(what_grew_shows_nothing_of_its_old_canary)
{
	char *p = memalloc_malloc(100000);
	size_t room = (size_t)(guard_of(p) - (volatile char *)p);

	REQUIRE(memalloc_realloc(p, 200000) == p, "moved");
	REQUIRE(is_zero(p + 100000, room - 100000), "a canary");
}
END_TEST

START_TEST(what_grew_ends_with_a_guard)
{
	char *p = memalloc_malloc(100000);

	REQUIRE(memalloc_realloc(p, 200000) == p, "moved");
	*guard_of(p) = 1;
}
END_TEST

/* It has more room than such blocks have; to grow it was made shorter, with
   its guard and its canary where they were. */
START_TEST(what_stayed_for_want_of_memory_grows_within_its_room)
{
	static const size_t sizes[][3] = {
		{ 200, 50, 60 }, { 200000, 61445, 61467 },
		{ 200000, 61445, 120000 }, { 200000, 20, 30 },
		{ 40000000, 100000, 100100 }
	};

	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		char *p = memalloc_malloc(sizes[i][0]);

		memset(p, 7, sizes[i][0]);
		REQUIRE(stays(p, sizes[i][1]), "%zu", i);
		REQUIRE(memalloc_realloc(p, sizes[i][2]) == p, "%zu", i);
		REQUIRE(memalloc_usable_size(p) == sizes[i][2], "%zu", i);
		REQUIRE(memcmp(p, p + 1, sizes[i][1] - 1) == 0, "%zu", i);
		memset(p, 7, sizes[i][2]);
		memalloc_free(p);
		REQUIRE(memalloc_check() == 0, "%zu", i);
	}
}
END_TEST

START_TEST(blocks_between_others_move_to_grow)
{
	char *p[8];

	for (int i = 0; i < 8; i++) {
		p[i] = memalloc_malloc(100000);
		memset(p[i], i, 100000);
	}
	for (int i = 0; i < 8; i++) {
		p[i] = memalloc_realloc(p[i], 300000);
		for (size_t k = 0; k < 100000; k++) {
			REQUIRE(p[i][k] == i, "%d %zu", i, k);
		}
		memset(p[i], i, 300000);
	}
	REQUIRE(memalloc_check() == 0, "%d", memalloc_last_error());
}
END_TEST

/* Some of its pages were touched, in several runs. */
static void
touch_some(char *p, unsigned round)
{
	for (size_t i = 0; i < LARGE; i += 4096) {
		if ((round >> i / 4096 & 1) != 0) {
			p[i] = 1;
		}
	}
}

START_TEST(a_large_block_of_free_memory_is_zero)
{
	for (unsigned round = 0; round < 4 * ROUNDS; round++) {
		char *p = (round & 1) != 0 ? memalloc_malloc(LARGE) :
			memalloc_calloc(1, LARGE);

		REQUIRE(is_zero(p, LARGE), "round %u", round);
		touch_some(p, round);
		memalloc_free(p);
	}
}
END_TEST

/* Nor do links and marks of small blocks show, which tell of the secrets. */
START_TEST(a_large_block_of_former_small_ones_is_zero)
{
	static const size_t sizes[] = { 24, 100, 1000, 5000, 20000 };
	static char *small[20000];

	for (size_t s = 0; s < ARRAY_LENGTH(sizes); s++) {
		size_t n = 2 * MIB / (sizes[s] + 100);

		for (size_t i = 0; i < n; i++) {
			small[i] = memalloc_malloc(sizes[s]);
			memset(small[i], 1, sizes[s]);
		}
		for (size_t i = 0; i < n; i++) {
			memalloc_free(small[i]);
		}
		for (size_t i = 0; i < 20; i++) {
			small[i] = memalloc_malloc(200000);
			REQUIRE(is_zero(small[i], 200000), "%zu", sizes[s]);
		}
		for (size_t i = 0; i < 20; i++) {
			memalloc_free(small[i]);
		}
	}
}
END_TEST

/* Nothing behind it is read. */
START_TEST(a_free_block_of_16_bytes_may_lie_before_a_guard)
{
	size_t page = ma_os_page_size();
	char *end = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
	                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(end, MAP_FAILED);
	end += page;
	ck_assert_int_eq(mprotect(end, page, PROT_NONE), 0);
	ck_assert(is_blank(end - MA_ALIGNMENT, MA_ALIGNMENT));
}
END_TEST

START_TEST(a_large_block_keeps_its_guard_for_the_next)
{
	void *p = NULL;

	for (int round = 0; round < ROUNDS; round++) {
		p = memalloc_malloc(LARGE);
		REQUIRE(ma_pagemap_record((uintptr_t)p)->guard !=
		        MA_GUARD_NONE, "round %d", round);
		memset(p, 1, LARGE);
		memalloc_free(p);
	}
	p = memalloc_malloc(LARGE);
	*guard_of(p) = 1;
}
END_TEST

START_TEST(a_free_large_block_that_was_written_to_is_found)
{
	char *p = memalloc_malloc(LARGE), *stale = opaque(p);

	memset(p, 1, LARGE);
	memalloc_free(p);
	stale[LARGE / 2] = 1;
	for (int round = 0; round < ROUNDS; round++) {
		p = memalloc_malloc(LARGE);
		memset(p, 1, LARGE);
		memalloc_free(p);
	}
}
END_TEST

/*
 * Also if it was not in quarantine any more, but kept for the next with its
 * guard.
 */
START_TEST(a_kept_large_block_that_was_written_to_is_found)
{
	char *p = memalloc_malloc(LARGE), *stale = opaque(p);

	memset(p, 1, LARGE);
	memalloc_free(p);
	for (int i = 0; i < ROUNDS; i++) {
		memalloc_free(memalloc_malloc(LARGE + MA_SLICE_SIZE));
	}
	stale[LARGE / 2] = 1;
	for (int i = 0; i < ROUNDS; i++) {
		ck_assert_ptr_nonnull(memalloc_calloc(1, LARGE));
	}
}
END_TEST

/* Its span was given back, and what it has now was never handed out. */
START_TEST(what_is_written_to_spans_given_back_is_found)
{
	static char *p[400];
	void *top;

	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		p[i] = memalloc_malloc(5000);
		memset(p[i], 1, 5000);
	}
	top = memalloc_malloc(LARGE);
	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		memalloc_free(p[i]);
	}
	memalloc_trim(0);
	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		if (ma_word_what(ma_pagemap_word((uintptr_t)p[i])) ==
		    MA_WORD_FREE && ma_os_is_mapped((uintptr_t)p[i] + 2500)) {
			*((char *)opaque(p[i]) + 2500) = 1;
		}
	}
	for (size_t i = 0; i < ARRAY_LENGTH(p); i++) {
		ck_assert_ptr_nonnull(memalloc_calloc(
			1, _i == 0 ? 5000 : LARGE));
	}
	memalloc_free(top);
}
END_TEST

START_TEST(what_is_kept_goes_back_when_asked)
{
	size_t before;

	memalloc_trim(0);
	before = ma_arena.free;
	for (int round = 0; round < ROUNDS; round++) {
		memalloc_free(memalloc_malloc(LARGE));
		memalloc_free(memalloc_malloc(10000));
	}
	memalloc_trim(0);
	/* A span for blocks of 10000 bytes may stay with the heap. */
	REQUIRE(ma_arena.free + 8 >= before, "%zu before, %zu", before,
	        ma_arena.free);
}
END_TEST

START_TEST(fresh_blocks_are_not_looked_at)
{
	size_t page = ma_os_page_size(), resident = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uintptr_t p = (uintptr_t)memalloc_malloc(16000);

		p = ma_align_up(p, page) + page;
		resident += ma_os_resident(p, page) != 0;
	}
	REQUIRE(resident < ROUNDS / 4, "%zu", resident);
}
END_TEST

START_TEST(fresh_blocks_are_zero_when_they_are_handed_out)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *p = memalloc_malloc(10000);

		REQUIRE(is_zero(p, 10000), "%d", i);
	}
	REQUIRE(memalloc_check() == 0, "%d", memalloc_last_error());
}
END_TEST

START_TEST(a_used_block_that_was_written_to_is_found)
{
	char *p = memalloc_malloc(10000), *stale = opaque(p);

	memset(p, 1, 10000);
	memalloc_free(p);
	stale[5000] = 1;
	for (int i = 0; i < ROUNDS; i++) {
		p = memalloc_malloc(10000);
		memset(p, 1, 10000);
		memalloc_free(p);
	}
}
END_TEST

START_TEST(each_byte_of_a_free_block_is_looked_at)
{
	static const size_t sizes[] = { 1, 16, 100, 248, 300, 1000 };

	for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
		char *p = memalloc_malloc(sizes[i]), *stale = opaque(p);
		size_t room = sizes[i] + MA_CANARY_BYTES;

		memset(p, 1, sizes[i]);
		memalloc_free(p);
		for (size_t at = 0; at < room; at += 3) {
			stale[at] ^= 1;
			REQUIRE(memalloc_check() != 0, "%zu of %zu", at, room);
			stale[at] ^= 1;
			REQUIRE(memalloc_check() == 0, "%zu of %zu", at, room);
		}
		for (int n = 0; n < ROUNDS; n++) {
			p = memalloc_malloc(sizes[i]);
			REQUIRE(is_zero(p, sizes[i]), "%zu", sizes[i]);
			memset(p, 1, sizes[i]);
			memalloc_free(p);
		}
	}
}
END_TEST

/* Is one byte behind a block of SIZE seen by the check, beside sound ones? */
static void
require_overrun_is_found(size_t size)
{
	void *before = memalloc_malloc(size);
	char *p = memalloc_malloc(size);

	REQUIRE(memalloc_check() == 0, "%zu: sound", size);
	p[size] ^= 1;
	REQUIRE(memalloc_check() == 1, "%zu: overrun", size);
	p[size] ^= 1;
	REQUIRE(memalloc_check() == 0, "%zu: sound again", size);
	memalloc_free(p);
	REQUIRE(memalloc_check() == 0, "%zu: free", size);
	memalloc_free(before);
}

/* A block's neighbour is one of 4 at least: in order each would follow. */
START_TEST(neighbours_are_handed_out_in_random_order)
{
	static const size_t rooms[] = { 16, 32, 64, 80, 112, 256, 1024, 3072 };
	enum { BLOCKS = 4000 };
	size_t room = rooms[_i];
	unsigned following = 0;
	char *p, *last = NULL;

	for (unsigned i = 0; i < BLOCKS; i++, last = p) {
		p = memalloc_malloc(room - MA_CANARY_BYTES);
		following += p == last + room;
	}
	REQUIRE(following > BLOCKS / 100, "%u", following);
	REQUIRE(following < BLOCKS / 3, "%u", following);
}
END_TEST

START_TEST(check_finds_overruns_of_large_blocks)
{
	require_overrun_is_found(LARGE);
	require_overrun_is_found(1000001);
	require_overrun_is_found((size_t)40 << 20);
}
END_TEST

/* Can the byte at P be read?  The system tells, instead of a signal. */
static bool
can_be_read(const void *p)
{
	int ends[2];
	bool can;

	REQUIRE(pipe(ends) == 0, "pipe");
	can = write(ends[1], p, 1) == 1;
	close(ends[0]);
	close(ends[1]);
	return can;
}

/* Is what lies below each of N blocks a guard? */
static void
require_guards_below(char *const *p, int n)
{
	for (int i = 0; i < n; i++) {
		REQUIRE(p[i] == NULL || !can_be_read(p[i] - 1), "%d", i);
	}
}

#define BLOCKS 64

START_TEST(what_is_below_a_large_block_is_a_guard)
{
	char *p[BLOCKS];

	for (int i = 0; i < BLOCKS; i++) {
		p[i] = memalloc_malloc(i % 2 == 0 ? LARGE : 300000);
		memset(p[i], 1, LARGE);
	}
	if (ma_pagemap_record((uintptr_t)p[0])->guard != MA_GUARD_MARKED) {
		return;
	}
	require_guards_below(p + 1, BLOCKS - 1);
	for (int i = 0; i < BLOCKS; i++) {
		if (i % 3 != 0) {
			memalloc_free(p[i]);
			p[i] = NULL;
		}
	}
	/* What waited, and what was kept, is free. */
	memalloc_trim(0);
	require_guards_below(p + 1, BLOCKS - 1);
	REQUIRE(memalloc_check() == 0, "%d", memalloc_last_error());
}
END_TEST

/* Is a guard below P, and not what might be gone as well? */
static void
require_guard_of_mapping(char *p)
{
	/* qemu-user takes what is protected for what is not there. */
	ck_assert(is_emulated() || ma_os_is_mapped((uintptr_t)p - 1));
	require_guards_below(&p, 1);
}

START_TEST(what_is_below_a_huge_block_is_a_guard)
{
	static const size_t alignment[] = { 16, 64 * KIB, 2 * MIB };
	size_t size = ma_options.huge_threshold;
	uintptr_t below;
	char *p;

	for (int round = 0; round < 3; round++) {
		p = memalloc_aligned_alloc(alignment[round], size);
		ck_assert_uint_eq((uintptr_t)p % alignment[round], 0);
		memset(p, 1, size);
		require_guard_of_mapping(p);
		p = memalloc_realloc(p, size + 20 * MIB);
		require_guard_of_mapping(p);
		p = memalloc_realloc(p, size);
		require_guard_of_mapping(p);
		ck_assert(p[0] == 1 && memcmp(p, p + 1, size - 1) == 0);
		below = (uintptr_t)p - 1;
		memalloc_free(p);
		memalloc_trim(0);
		/* All of its mapping is gone, what was below, too. */
		ck_assert(!ma_os_is_mapped(below));
	}
	REQUIRE(memalloc_check() == 0, "%d", memalloc_last_error());
}
END_TEST

START_TEST(what_is_below_a_mapping_of_the_arena_is_a_guard)
{
	ma_options.os = MA_OS_MAP;
	ck_assert_ptr_nonnull(memalloc_malloc(LARGE));
	require_guard_of_mapping((char *)ma_pagemap_next(1));
}
END_TEST

START_TEST(guards_in_free_memory_go_before_it_is_used)
{
	char *p[BLOCKS] = { NULL };

	for (unsigned round = 0; round < 10 * ROUNDS; round++) {
		unsigned i = round * 2654435761u >> 26;
		size_t size = 20000 + (round * 40503u >> 4) % 400000;

		memalloc_free(p[i]);
		p[i] = round % 3 == 0 ? memalloc_calloc(1, size) :
			memalloc_malloc(size);
		REQUIRE(is_zero(p[i], size), "round %u", round);
		memset(p[i], 1, size);
		if (round % 100 == 0) {
			REQUIRE(memalloc_check() == 0, "round %u", round);
		}
		if (round % 500 == 0) {
			memalloc_trim(0);
		}
	}
}
END_TEST

static uint32_t stop;	/* atomic */

/* Large blocks come, grow, shrink and go. */
static void *
change_large(void *arg)
{
	size_t size = (size_t)arg;
	char *mine[4] = { NULL };

	for (unsigned i = 0; !__atomic_load_n(&stop, __ATOMIC_RELAXED); i++) {
		char **p = &mine[i % 4];
		char *grown;

		memalloc_free(*p);
		*p = memalloc_malloc(size);
		(*p)[size - 1] = 1;
		grown = memalloc_realloc(*p, size + size / 8 * (i % 5));
		*p = grown != NULL ? grown : *p;
		if (i % 3 == 0) {
			*p = memalloc_realloc(*p, size);
		}
	}
	for (int i = 0; i < 4; i++) {
		memalloc_free(mine[i]);
	}
	return NULL;
}

START_TEST(check_beside_threads_that_free_and_resize_reports_nothing)
{
	static const size_t sizes[] = { LARGE, 300000, (size_t)33 << 20 };
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, change_large,
		               (void *)sizes[i]);
	}
	for (int i = 0; i < 2 * ROUNDS; i++) {
		REQUIRE(memalloc_check() == 0, "%d", i);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
	}
}
END_TEST

START_TEST(blocks_of_no_bytes_at_an_alignment_cannot_be_read)
{
	for (size_t alignment = 1; alignment <= 4096; alignment *= 2) {
		char *p[20];

		for (int i = 0; i < 20; i++) {
			p[i] = memalloc_memalign(alignment, 0);
			REQUIRE(is_of_no_bytes(p[i]), "%zu", alignment);
			REQUIRE((uintptr_t)p[i] % alignment == 0, "%zu",
			        alignment);
			REQUIRE(i == 0 || p[i] != p[i - 1], "%zu", alignment);
			REQUIRE(memalloc_usable_size(p[i]) == 0, "%zu",
			        alignment);
		}
		for (int i = 0; i < 20; i++) {
			memalloc_free_aligned_sized(p[i], alignment, 0);
		}
	}
	ma_options.zero_realloc = MA_ZERO_REALLOC_ALLOC;
	ck_assert(is_of_no_bytes(memalloc_realloc(memalloc_malloc(9), 0)));
	ck_assert_int_eq(memalloc_check(), 0);
}
END_TEST

/* What libstdc++'s aligned operator new makes of no bytes. */
START_TEST(no_bytes_at_an_alignment_are_freed_as_such)
{
	for (size_t alignment = 2; alignment <= 65536; alignment *= 2) {
		void *p = memalloc_aligned_alloc(alignment, alignment);

		ma_free_checked(p, alignment, 0, true, "operator delete");
	}
	REQUIRE(memalloc_check() == 0, "%d", memalloc_last_error());
}
END_TEST

/* The sizes that operator new may have made of one, and no others. */
START_TEST(sized_frees_fit_what_new_makes)
{
	static const size_t alignments[] = { 1, 16, 64, 4096 };

	for (size_t i = 0; i < 4; i++) {
		size_t alignment = alignments[i];

		for (size_t size = 0; size < 2 * alignment + 3; size++) {
			size_t made = size == 0 ? 1 : size;
			size_t rounded = (made + alignment - 1) / alignment *
				alignment;

			for (size_t have = 0; have <= rounded + 2; have++) {
				bool wanted = have == size || have == made ||
					have == rounded;

				REQUIRE(fits(have, alignment, size, true) ==
				        wanted, "%zu at %zu of %zu", size,
				        alignment, have);
				REQUIRE(fits(have, alignment, size, false) ==
				        (have == size), "%zu at %zu of %zu",
				        size, alignment, have);
			}
		}
	}
	ck_assert(!fits(64, 64, SIZE_MAX, true));
	ck_assert(!fits(0, 64, SIZE_MAX, true));
}
END_TEST

/* --- Every size --------------------------------------------------------- */

/* What the heap beneath gives for a block of NBYTES. */
static size_t
room_for(size_t nbytes)
{
	size_t need = nbytes + MA_CANARY_BYTES, slices;

	if (need <= MA_SMALL_MAX) {
		unsigned c = ma_sizeclass_of(need);

		REQUIRE(c == 0 || ma_sizeclass[c - 1].size < need, "%zu",
		        nbytes);
		return ma_sizeclass[c].size;
	}
	slices = ma_slices_for(need + ma_os_page_size());
	REQUIRE(slices * MA_SLICE_SIZE - need - ma_os_page_size() <
	        MA_SLICE_SIZE, "%zu", nbytes);
	return large_room(slices * MA_SLICE_SIZE);
}

static void
expect_found(char *p, size_t room, size_t nbytes, size_t at, char bits)
{
	p[at] ^= bits;
	REQUIRE(size_of_live(p, room) == SIZE_MAX, "byte %zu of %zu", at,
	        nbytes);
	p[at] ^= bits;
}

/* The canary of every size lies in its room, tells it, and notices a byte. */
START_TEST(every_size_has_a_canary)
{
	size_t most = MIB, nbytes;
	char *p = memalloc_malloc(2 * most);
	size_t whole = large_room(ma_span_bytes(
		ma_pagemap_record((uintptr_t)p)));

	for (nbytes = 1; nbytes <= most; nbytes++) {
		size_t room = room_for(nbytes);

		REQUIRE(room >= nbytes + MA_CANARY_BYTES, "%zu", nbytes);
		p[nbytes - 1] = p[room] = 0x5a;
		set_size_of_live(p, nbytes, room);
		REQUIRE(p[nbytes - 1] == 0x5a && p[room] == 0x5a, "%zu",
		        nbytes);
		REQUIRE(size_of_live(p, room) == nbytes, "%zu", nbytes);
		expect_found(p, room, nbytes, nbytes, p[nbytes]);
		expect_found(p, room, nbytes, nbytes, 1);
		expect_found(p, room, nbytes, room - 1, (char)0x80);
	}
	set_size_of_live(p, 2 * most, whole);
	memalloc_free(p);
}
END_TEST

/* Does the short way find that one of the bytes behind a block was changed? */
static bool
is_overrun(const char *p, size_t nbytes, size_t room)
{
	uint64_t key = ma_canary_key(p);
	size_t slack = ma_canary_slack(p, room, key);

	return slack == 0 || slack != room - nbytes ||
		(slack > MA_CANARY_BYTES &&
		 !ma_canary_is_near_filled(p, room, slack, key));
}

START_TEST(a_short_canary_is_like_a_long_one)
{
	static char near[256] __attribute__((aligned(16)));

	for (size_t room = 16; room <= sizeof(near); room += 16) {
		size_t slack = room < MA_CANARY_NEAR ? room : MA_CANARY_NEAR;

		for (; slack >= MA_CANARY_BYTES; slack--) {
			size_t nbytes = room - slack;

			memset(near, 0, sizeof(near));
			ma_canary_set_near(near, nbytes, room);
			ck_assert(is_zero(near, nbytes));
			ck_assert_uint_eq(ma_canary_size(near, room), nbytes);
			for (size_t i = nbytes * 8; i < room * 8; i++) {
				char bit = (char)(1 << i % 8);

				near[i / 8] ^= bit;
				ck_assert(is_overrun(near, nbytes, room));
				near[i / 8] ^= bit;
			}
			ck_assert(!is_overrun(near, nbytes, room));
		}
	}
}
END_TEST

static void
add_tests_of_guards(TCase *tcase)
{
	tcase_add_test_raise_signal(tcase, what_grew_ends_with_a_guard,
	                            SIGSEGV);
	tcase_add_test_raise_signal(
		tcase, a_large_block_keeps_its_guard_for_the_next, SIGSEGV);
	tcase_add_test_raise_signal(
		tcase, a_kept_large_block_that_was_written_to_is_found,
		SIGABRT);
	tcase_add_test(tcase, a_free_block_of_16_bytes_may_lie_before_a_guard);
	tcase_add_test(tcase, what_is_below_a_large_block_is_a_guard);
	tcase_add_test(tcase, what_is_below_a_huge_block_is_a_guard);
	tcase_add_test(tcase, what_is_below_a_mapping_of_the_arena_is_a_guard);
}

int
main(void)
{
	Suite *suite = suite_create("hardened");
	TCase *tcase = add_case(suite, "hardened", 60);

	if (!MA_HARDENED) {
		return 77;
	}
	/* Where pages are longer than slices, there are none. */
	if (ma_os_guard_bytes() != 0) {
		add_tests_of_guards(tcase);
	}
	tcase_add_test(tcase, a_large_block_grows_where_it_lies);
	tcase_add_test(tcase, what_grew_shows_nothing_of_its_old_canary);
	tcase_add_test(tcase,
	               what_stayed_for_want_of_memory_grows_within_its_room);
	tcase_add_test(tcase, blocks_between_others_move_to_grow);
	tcase_add_test(tcase, a_large_block_of_free_memory_is_zero);
	tcase_add_test(tcase, a_large_block_of_former_small_ones_is_zero);
	tcase_add_test_raise_signal(
		tcase, a_free_large_block_that_was_written_to_is_found,
		SIGABRT);
	tcase_add_loop_test_raise_signal(
		tcase, what_is_written_to_spans_given_back_is_found, SIGABRT,
		0, 2);
	tcase_add_test(tcase, what_is_kept_goes_back_when_asked);
	tcase_add_test(tcase, fresh_blocks_are_not_looked_at);
	tcase_add_test(tcase, fresh_blocks_are_zero_when_they_are_handed_out);
	tcase_add_test_raise_signal(
		tcase, a_used_block_that_was_written_to_is_found, SIGABRT);
	tcase_add_test(tcase, each_byte_of_a_free_block_is_looked_at);
	tcase_add_loop_test(tcase, neighbours_are_handed_out_in_random_order,
	                    0, 8);
	tcase_add_test(tcase, guards_in_free_memory_go_before_it_is_used);
	tcase_add_test(tcase, check_finds_overruns_of_large_blocks);
	tcase_add_test(
		tcase,
		check_beside_threads_that_free_and_resize_reports_nothing);
	tcase_add_test(tcase,
	               blocks_of_no_bytes_at_an_alignment_cannot_be_read);
	tcase_add_test(tcase, no_bytes_at_an_alignment_are_freed_as_such);
	tcase_add_test(tcase, sized_frees_fit_what_new_makes);
	tcase_add_test(tcase, every_size_has_a_canary);
	tcase_add_test(tcase, a_short_canary_is_like_a_long_one);
	return run_suite(suite);
}
