/* SPDX-License-Identifier: MIT */
/*
 * attack.h - for the programs attack_*.c: techniques that turn an error into
 * a block where the attacker wants it, thought anew for this heap.
 *
 * Each must be found, or be without effect.  So each ends with
 * nothing_won(): it takes many blocks of the size in question and exits with
 * HAD_EFFECT if one of them lies where none may, or two overlap.
 */
#ifndef TEST_ATTACK_H
#define TEST_ATTACK_H

#include "misuse.h"

/* The words of a free block as an attacker may see or write them. */
struct image {
	uintptr_t link, mark;
};

__attribute__((unused)) static struct image
image_of(const void *p)
{
	struct image image;

	memcpy(&image, opaque((void *)(uintptr_t)p), sizeof(image));
	return image;
}

__attribute__((unused)) static void
restore(void *p, struct image image)
{
	memcpy(opaque(p), &image, sizeof(image));
	opaque(p);
}

/* Take COUNT blocks of SIZE bytes. */
__attribute__((unused)) static void
take_many(char **blocks, size_t count, size_t size)
{
	for (size_t i = 0; i < count; i++) {
		blocks[i] = take(size);
	}
}

__attribute__((unused)) static void
drop_many(char **blocks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		drop(blocks[i]);
	}
}

static int
compare_addresses(const void *a, const void *b)
{
	const char *p = *(char *const *)a, *q = *(char *const *)b;

	return p < q ? -1 : p > q;
}

/* Take COUNT blocks of SIZE; none may touch [FROM, TO). */
static void
take_beside(char **blocks, size_t count, size_t size, uintptr_t from,
            uintptr_t to)
{
	/* One by one: what is won is known before anything else is. */
	for (size_t i = 0; i < count; i++) {
		uintptr_t p;

		blocks[i] = take(size);
		p = (uintptr_t)blocks[i];
		if (p < to && p + size > from) {
			_exit(HAD_EFFECT);
		}
	}
}

static void
expect_no_overlap(char **blocks, size_t count, size_t size)
{
	qsort(blocks, count, sizeof(blocks[0]), compare_addresses);
	for (size_t i = 1; i < count; i++) {
		if ((size_t)(blocks[i] - blocks[i - 1]) < size) {
			_exit(HAD_EFFECT);
		}
	}
}

/*
 * Many new blocks of SIZE bytes: none may touch the NBYTES at TARGET (NULL: no
 * target), and no two may overlap.  Nothing is written to them: what was won
 * could crash the program, and would pass for found.
 *
 * Since freed blocks may be kept back for a while, some of these are freed and
 * taken anew, as often; by then they are known for sound.
 */
__attribute__((unused)) static void
nothing_won(size_t size, const void *target, size_t nbytes)
{
	static char *blocks[10000];
	size_t count = size > 65536 ? 20 : size > 4096 ? 1000 : 10000;
	size_t again = count < 1000 ? count : 1000;
	uintptr_t from = (uintptr_t)target, to = from + nbytes;

	take_beside(blocks, count, size, from, to);
	expect_no_overlap(blocks, count, size);
	drop_many(blocks, again);
	take_beside(blocks, again, size, from, to);
	expect_no_overlap(blocks, count, size);
}

#endif /* TEST_ATTACK_H */
