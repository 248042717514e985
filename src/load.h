/* SPDX-License-Identifier: MIT */
/*
 * load.h - blocks and the bytes of them, counted together.
 *
 * A load is in one word, so that one addition counts both, unless the processor
 * adds less at once: there the compiler would call libatomic, whose locks a
 * fork may leave held for ever.
 */
#ifndef MA_LOAD_H
#define MA_LOAD_H

#include "base.h"

#if __GCC_ATOMIC_LLONG_LOCK_FREE == 2
typedef uint64_t ma_load_word;
#else
typedef uint32_t ma_load_word;
#endif

#define MA_LOAD_WORDS (sizeof(uint64_t) / sizeof(ma_load_word))
/* Of one word these are the bytes' bits. */
#define MA_LOAD_SHIFT 40

struct ma_load {
	ma_load_word word[MA_LOAD_WORDS]
		__attribute__((aligned(sizeof(ma_load_word))));
};

MA_INLINE struct ma_load
ma_load_of(size_t blocks, size_t nbytes)
{
	struct ma_load load = { { (ma_load_word)nbytes } };

	if (MA_LOAD_WORDS == 1)
		load.word[0] |= (ma_load_word)((uint64_t)blocks <<
		                               MA_LOAD_SHIFT);
	else
		load.word[MA_LOAD_WORDS - 1] = (ma_load_word)blocks;
	return load;
}

MA_INLINE size_t
ma_load_blocks(struct ma_load load)
{
	return MA_LOAD_WORDS == 1 ?
		(size_t)((uint64_t)load.word[0] >> MA_LOAD_SHIFT) :
		(size_t)load.word[MA_LOAD_WORDS - 1];
}

MA_INLINE size_t
ma_load_bytes(struct ma_load load)
{
	return MA_LOAD_WORDS == 1 ?
		(size_t)(load.word[0] &
		         (((uint64_t)1 << MA_LOAD_SHIFT) - 1)) :
		(size_t)load.word[0];
}

MA_INLINE struct ma_load
ma_load_plus(struct ma_load a, struct ma_load b)
{
	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		a.word[i] += b.word[i];
	return a;
}

MA_INLINE struct ma_load
ma_load_minus(struct ma_load a, struct ma_load b)
{
	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		a.word[i] -= b.word[i];
	return a;
}

/* --- Shared ones: each word changes at once ----------------------------- */

MA_INLINE struct ma_load
ma_load_read(const struct ma_load *shared)
{
	struct ma_load load;

	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		load.word[i] = __atomic_load_n(&shared->word[i],
		                               __ATOMIC_ACQUIRE);
	return load;
}

/* Where nobody else writes. */
MA_INLINE void
ma_load_write(struct ma_load *shared, struct ma_load load)
{
	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		__atomic_store_n(&shared->word[i], load.word[i],
		                 __ATOMIC_RELEASE);
}

/* Takes MA_LOAD_WORDS atomic operations. */
MA_INLINE void
ma_load_add(struct ma_load *shared, struct ma_load load)
{
	for (unsigned i = 0; i < MA_LOAD_WORDS; i++)
		__atomic_fetch_add(&shared->word[i], load.word[i],
		                   __ATOMIC_RELAXED);
}

#endif /* MA_LOAD_H */
