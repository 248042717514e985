/* SPDX-License-Identifier: MIT */
/*
 * The same, and the live block gets its old image too: both carry marks
 * that are right.
 */
#include "attack.h"

int
main(int argc, char **argv)
{
	size_t size = ARG(1);
	char *q = take(size), *p = take(size);
	struct image of_p, of_q;

	drop(q);
	of_q = image_of(q);
	drop(p);
	of_p = image_of(p);
	p = take(size);
	q = take(size);
	drop(p);
	restore(p, of_p);
	restore(q, of_q);
	/* Two blocks: the second must not be the live Q. */
	nothing_won(size, q, size);
	return 0;
}
