/* SPDX-License-Identifier: MIT */
/*
 * House of botcake: blocks are freed and joined, a larger block takes their
 * place, and one of them is freed again in its middle.
 */
#include "attack.h"

#define COUNT 2000

static char *blocks[COUNT];

/* One of the blocks within [START, START + NBYTES), not at its start. */
static char *
block_within(const char *start, size_t nbytes, size_t size)
{
	for (int i = 0; i < COUNT; i++) {
		if (start < blocks[i] && blocks[i] + size < start + nbytes) {
			return blocks[i];
		}
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1), larger = ARG(2);
	char *p = NULL, *over = NULL;

	take_many(blocks, COUNT, size);
	/* The last one stays, and so does the end of the heap. */
	drop_many(blocks, COUNT - 1);
	blocks[COUNT - 1] = NULL;
	for (int i = 0; p == NULL && i < 1000; i++) {
		over = take(larger);
		p = block_within(over, larger, size);
	}
	if (p == NULL) {
		return SKIPPED;
	}
	drop(p);
	nothing_won(size, over, larger);
	return 0;
}
