/* SPDX-License-Identifier: MIT */
/*
 * bits.h - searches in words, and the mixing of words.
 */
#ifndef MA_BITS_H
#define MA_BITS_H

#include "base.h"

/* The number of the highest set bit; X is not 0. */
MA_INLINE unsigned
ma_bits_highest(uint64_t x)
{
	return 63u - (unsigned)__builtin_clzll(x);
}

/* The number of the lowest set bit; X is not 0. */
MA_INLINE unsigned
ma_bits_lowest(uint64_t x)
{
	return (unsigned)__builtin_ctzll(x);
}

/*
 * A bijection of words in which every input bit moves about half of the
 * output bits (two rounds of multiply and shift).
 */
MA_INLINE uint64_t
ma_bits_mix(uint64_t x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93u;
	x ^= x >> 32;
	return x;
}

#endif /* MA_BITS_H */
