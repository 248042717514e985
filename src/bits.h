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

/*
 * Count *N down by one; is it below 0 then?  Written out where compilers load
 * the address first: this is on the hit path.
 */
MA_INLINE bool
ma_bits_count_down(int16_t *n)
{
#if defined(__x86_64__) && defined(__GCC_ASM_FLAG_OUTPUTS__)
	bool below;

	__asm__("decw %0" : "+m"(*n), "=@ccs"(below));
	return below;
#else
	return --*n < 0;
#endif
}

#endif /* MA_BITS_H */
