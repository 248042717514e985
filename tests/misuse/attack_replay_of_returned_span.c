/* SPDX-License-Identifier: MIT */
/*
 * A free block gets back the link to one whose span has gone home since, and
 * serves nothing any more or blocks of another size.
 */
#include "attack.h"

static char *blocks[20000], *others[60000];

int
main(int argc, char **argv)
{
	size_t size = ARG(1), other_size = ARG(2);
	struct image image;
	char *p = NULL, *q = NULL;

	/* Q starts a slice: there a block of any size may start. */
	take_many(blocks, 20000, size);
	p = blocks[19999];
	for (int i = 10000; i < 19000; i++) {
		if ((uintptr_t)blocks[i] % 16384 == 0) {
			q = blocks[i];
		}
	}
	drop(q);
	drop(p);
	image = image_of(p);
	if (q == NULL || image.link != (uintptr_t)q) {
		return SKIPPED;
	}
	p = take(size);
	for (int i = 0; i < 19999; i++) {
		if (blocks[i] != q) {
			drop(blocks[i]);
		}
	}
	if (other_size != 0) {
		take_many(others, 60000, other_size);
		drop_many(others, 60000);
	}
	drop(p);
	restore(p, image);
	opaque(take(size));
	if (take(size) == q) {
		_exit(HAD_EFFECT);
	}
	nothing_won(size, NULL, 0);
	return 0;
}
