/* SPDX-License-Identifier: MIT */
/*
 * canary.h - hardened build: what lies behind a live block, inline for the
 * short ways through malloc and free (hardened.c) and all others.
 *
 * Up to the end of a block's room, which is a multiple of 8:
 *
 *   0                n                         room - 8        room
 *   +----------------+-------------------------+---------------+
 *   | the program's  | a byte of the key, up to| the key, and  |
 *   |                | 128 times; then nothing | room - n      |
 *   +----------------+-------------------------+---------------+
 *
 * The key is made of the address and a secret.  The bytes that an overrun
 * meets first never hold the size.
 */
#ifndef MA_CANARY_H
#define MA_CANARY_H

#include "base.h"

#include <string.h>

#include "secret.h"

/* What a canary takes at least. */
#define MA_CANARY_BYTES ((size_t)8)

/* Of the bytes between a block and the last word of its room, so many. */
#define MA_CANARY_FILL ((size_t)128)
/* The last word has so many bits of the key, and the slack above. */
#define MA_CANARY_SHIFT 32
#define MA_CANARY_KEY (((uint64_t)1 << MA_CANARY_SHIFT) - 1)

/* Never a zero byte first: that is what a string that is too long writes. */
MA_INLINE uint64_t
ma_canary_key(const void *p)
{
	uint64_t x = ((uintptr_t)p ^ ma_secret_canary) * 0x9e3779b97f4a7c15u;

	return (x ^ x >> 29) | 1;
}

/* Eight times one byte of the key. */
MA_INLINE uint64_t
ma_canary_fill(uint64_t key)
{
	return ((key >> 24 & 0xff) | 1) * 0x0101010101010101u;
}

/* So that the key's bits lie lowest in memory. */
MA_INLINE uint64_t
ma_canary_in_memory(uint64_t word)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ?
		__builtin_bswap64(word) : word;
}

/* Where the bytes of the key end, behind P with ROOM and a block of NBYTES. */
MA_INLINE const char *
ma_canary_fill_end(const char *p, size_t nbytes, size_t room)
{
	size_t n = room - MA_CANARY_BYTES - nbytes;

	if (MA_WITHOUT_FILL)
		return p + nbytes;
	return p + nbytes + (n < MA_CANARY_FILL ? n : MA_CANARY_FILL);
}

/* Behind the block of NBYTES at P, with ROOM. */
MA_INLINE void
ma_canary_set(void *p, size_t nbytes, size_t room)
{
	uint64_t key = ma_canary_key(p), fill = ma_canary_fill(key);
	uint64_t word = ma_canary_in_memory(
		key ^ (uint64_t)(room - nbytes) << MA_CANARY_SHIFT);
	const char *end = ma_canary_fill_end(p, nbytes, room);

	/* By words: what is written beyond is room, or the last word's. */
	for (char *at = (char *)p + nbytes; at < end; at += sizeof(fill))
		memcpy(at, &fill, sizeof(fill));
	memcpy((char *)p + room - sizeof(word), &word, sizeof(word));
}

/*
 * Are the bytes from P to END those of the word FILL?  8 may be read in any
 * case.
 */
MA_INLINE bool
ma_canary_is_filled(const char *p, const char *end, uint64_t fill)
{
	uint64_t wrong = 0, word;

	for (; end - p >= (ptrdiff_t)sizeof(word); p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		wrong |= word ^ fill;
	}
	if (p != end) {
		memcpy(&word, p, sizeof(word));
		wrong |= ma_canary_in_memory(word ^ fill) <<
			(sizeof(word) - (size_t)(end - p)) * CHAR_BIT;
	}
	return wrong == 0;
}

/* The size of the block at P; SIZE_MAX if its canary was overwritten. */
MA_INLINE size_t
ma_canary_size(const void *p, size_t room)
{
	const char *bytes = p;
	uint64_t key = ma_canary_key(p), word;
	size_t slack;

	memcpy(&word, bytes + room - sizeof(word), sizeof(word));
	word = ma_canary_in_memory(word) ^ key;
	slack = (size_t)(word >> MA_CANARY_SHIFT);
	if (MA_UNLIKELY((word & MA_CANARY_KEY) != 0) ||
	    MA_UNLIKELY(slack - MA_CANARY_BYTES > room - MA_CANARY_BYTES) ||
	    MA_UNLIKELY(!ma_canary_is_filled(
		    bytes + room - slack,
		    ma_canary_fill_end(bytes, room - slack, room),
		    ma_canary_fill(key))))
		return SIZE_MAX;
	return room - slack;
}

#endif /* MA_CANARY_H */
