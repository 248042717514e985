/* SPDX-License-Identifier: MIT */
/*
 * hostile_refused_guards.c - the hardened build's guard pages are refused.
 *
 * Marks, guards, and that a guard goes again, each at the first time, the
 * second and so on: blocks are served, and the heap stays sound.  A span whose
 * guard stays waits until the system takes it away; nothing is lost.
 */
#include "block.h"
#include "fault_os.h"
#include "footprint.h"

/* They fit in the break of an emulator, which has little room: a mapping would
   be made for more, and stay. */
#define BLOCKS 40

/* Blocks of SIZE come and go, while the Nth CALL is refused. */
static void
blocks_are_served(enum fault_call call, unsigned n, size_t size)
{
	unsigned char *blocks[BLOCKS];

	fault_os_refuse_nth(call, n);
	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = t_malloc(size);
		CHECK(blocks[i] != NULL);
		memset(blocks[i], (int)i, size);
	}
	CHECK(t_check() == 0);
	for (size_t i = 0; i < BLOCKS; i++) {
		CHECK(blocks[i][0] == i && blocks[i][size - 1] == i);
		t_free(blocks[i]);
	}
	t_trim(0);
	CHECK(t_check() == 0, "call %d, number %u, size %zu", (int)call, n,
	      size);
	fault_os_refuse_nth(call, 0);
}

/* Blocks of SIZE; before each call, a guard is refused to go if REFUSED. */
static void
take_and_free(size_t size, bool refused)
{
	unsigned char *blocks[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		fault_os_refuse_nth(FAULT_UNGUARD, refused);
		blocks[i] = t_malloc(size);
		CHECK(blocks[i] != NULL);
		blocks[i][0] = 1;
	}
	for (size_t i = 0; i < BLOCKS; i++) {
		fault_os_refuse_nth(FAULT_UNGUARD, refused);
		t_free(blocks[i]);
	}
	fault_os_refuse_nth(FAULT_UNGUARD, 0);
}

/* Long blocks are made of short ones, which leave guards between them. */
static void
guards_stay(void)
{
	take_and_free(50000, false);
	take_and_free(300000, true);
	t_trim(0);
	CHECK(t_check() == 0);
}

static void
spans_that_keep_their_guards_are_not_lost(void)
{
	struct footprint before;

	guards_stay();
	before = footprint_now();
	for (unsigned i = 0; i < 20; i++) {
		guards_stay();
	}
	footprint_expect(before, 4 * MIB / KIB, MIB);
}

int
main(void)
{
	static const size_t sizes[] = { 16, 100, 1000, 5000, 27000, 100000 };

	for (int call = FAULT_MARK; call <= FAULT_UNGUARD; call++) {
		for (unsigned n = 1; n <= 10; n++) {
			for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
				blocks_are_served((enum fault_call)call, n,
				                  sizes[i]);
			}
		}
		printf("call %d was refused %lu times\n", call,
		       fault_os_refused((enum fault_call)call));
	}
	spans_that_keep_their_guards_are_not_lost();
	return 0;
}
