/* SPDX-License-Identifier: MIT */
/*
 * block.h - what a free block holds.
 *
 *        live                    free (16 bytes or more)
 *    0  +------------------+    0  +------------------+
 *       |                  |       | next free block  |
 *    8  | the program's    |    8  +------------------+
 *       |                  |       | mark             |
 *   16  + - - - - - - - - -+   16  + - - - - - - - - -+
 *       |                  |       | as it was left   |
 *
 * The mark is the process's secret xor the block's address xor its link.  It
 * is written when a block becomes free (or is carved) and whenever its link
 * changes, and cleared when it is handed out.  So a live block that carries
 * its mark has been written so by the program, on purpose or from a copied
 * image of a free block; a free block that does not was overwritten, in its
 * mark or in its link, and no link is followed that was.
 *
 * In the hardened build the link is stored xor another secret, so that to
 * read a free block tells no address; and the mark is a product of the same
 * words with one more, so that to read it tells no secret.
 *
 * Lists end with the block END, which nobody owns and which never carries a
 * mark: so who asks for the mark of the first block finds out in one compare
 * that there is none.
 *
 *   B1  A block in a list, bin or batch carries its mark.
 *   B2  The link of a block in a list is END or the start of a block of the
 *       same owner, and in a bin of the same size.
 */
#ifndef MA_BLOCK_H
#define MA_BLOCK_H

#include "base.h"

#include <string.h>
#include "secret.h"

/* Both words are written as relaxed atomics: walkers read them. */
struct ma_block {
	struct ma_block *next;
	uintptr_t mark;
};

/* Where every list ends; all zero, which is no mark (secret.h). */
MA_HIDDEN extern struct ma_block ma_block_end;

#define MA_BLOCK_END (&ma_block_end)

/* Links are stored xor this. */
MA_INLINE uintptr_t
ma_block_link_key(void)
{
	return MA_HARDENED ? ma_secret_link : 0;
}

MA_INLINE struct ma_block *
ma_block_next(const struct ma_block *block)
{
	return (struct ma_block *)((uintptr_t)block->next ^
	                           ma_block_link_key());
}

/* Twice as long as a word. */
#if UINTPTR_MAX > 0xffffffffu
__extension__ typedef unsigned __int128 ma_double_word;
#else
typedef uint64_t ma_double_word;
#endif

/*
 * The mark of a block at ADDRESS whose link is stored as STORED.  Hardened:
 * both halves of a product, of which neither can be divided by what is known.
 */
MA_INLINE uintptr_t
ma_block_mark(uintptr_t address, uintptr_t stored, uintptr_t secret,
              uintptr_t factor)
{
	ma_double_word product;

	if (!MA_HARDENED)
		return secret ^ address ^ stored;
	product = (ma_double_word)(stored ^ secret) * (address ^ factor);
	return (uintptr_t)product ^
		(uintptr_t)(product >> 8 * sizeof(uintptr_t));
}

MA_INLINE bool
ma_block_is_marked(const struct ma_block *block, uintptr_t secret)
{
	return MA_CHECKS && block->mark ==
		ma_block_mark((uintptr_t)block, (uintptr_t)block->next, secret,
		              ma_secret_factor);
}

#if !MA_HARDENED && UINTPTR_MAX > 0xffffffffu

_Static_assert(MA_ADDRESS_BITS <= 48, "no address has the highest two bytes");
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define MA_HIGHEST (sizeof(uintptr_t) - sizeof(uint16_t))
#else
#define MA_HIGHEST 0
#endif

/*
 * May BLOCK carry its mark?  A look at no more than the mark's highest two
 * bytes, which are the secret's: so a live block passes for a free one once in
 * 65536 times, and ma_block_is_marked tells.  A program that frees what it has
 * just written in small pieces would otherwise wait for its own stores, since
 * processors do not put those together for a load.
 */
MA_INLINE bool
ma_block_may_be_marked(const struct ma_block *block, const uintptr_t *secret)
{
	uint16_t highest, of_secret;

	memcpy(&highest, (const char *)&block->mark + MA_HIGHEST,
	       sizeof(highest));
	memcpy(&of_secret, (const char *)secret + MA_HIGHEST,
	       sizeof(of_secret));
	return MA_CHECKS && highest == of_secret;
}

#else

MA_INLINE bool
ma_block_may_be_marked(const struct ma_block *block, const uintptr_t *secret)
{
	return ma_block_is_marked(block, *secret);
}

#endif

/* BLOCK is in a list: is it as it was put there? */
MA_INLINE bool
ma_block_is_intact(const struct ma_block *block, uintptr_t secret)
{
	return !MA_CHECKS || ma_block_is_marked(block, secret);
}

/* Make BLOCK a free one in front of NEXT. */
MA_INLINE void
ma_block_link(struct ma_block *block, struct ma_block *next,
              uintptr_t secret)
{
	uintptr_t stored = (uintptr_t)next ^ ma_block_link_key();

	__atomic_store_n(&block->next, (struct ma_block *)stored,
	                 __ATOMIC_RELAXED);
	if (MA_CHECKS)
		__atomic_store_n(&block->mark,
		                 ma_block_mark((uintptr_t)block, stored, secret,
		                               ma_secret_factor),
		                 __ATOMIC_RELAXED);
}

/*
 * Hardened: behind its two words a free block of so many bytes that was never
 * handed out has this one, if its memory was zero when it was carved; IS_NEW
 * tells whether that is so because it was never used.  Its pages need not be
 * there yet: to read them would bring them in.
 */
#define MA_BLOCK_FRESH_LEAST 4096u

MA_INLINE uintptr_t
ma_block_fresh(const struct ma_block *block, bool is_new, uintptr_t secret)
{
	return ~ma_block_mark((uintptr_t)block, is_new, secret,
	                      ma_secret_factor);
}

MA_INLINE void
ma_block_unmark(struct ma_block *block)
{
	if (MA_CHECKS)
		__atomic_store_n(&block->mark, 0, __ATOMIC_RELAXED);
}

#endif /* MA_BLOCK_H */
