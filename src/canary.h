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

/* The last word of P's room, SLACK bytes behind the block: KEY is P's. */
MA_INLINE void
ma_canary_set_last(void *p, size_t room, size_t slack, uint64_t key)
{
	uint64_t word = ma_canary_in_memory(
		key ^ (uint64_t)slack << MA_CANARY_SHIFT);

	memcpy((char *)p + room - sizeof(word), &word, sizeof(word));
}

/* What was set there; 0 if it was overwritten. */
MA_INLINE size_t
ma_canary_slack(const void *p, size_t room, uint64_t key)
{
	uint64_t word;
	size_t slack;

	memcpy(&word, (const char *)p + room - sizeof(word), sizeof(word));
	word = ma_canary_in_memory(word) ^ key;
	slack = (size_t)(word >> MA_CANARY_SHIFT);
	return MA_UNLIKELY((word & MA_CANARY_KEY) != 0) ||
		MA_UNLIKELY(slack - MA_CANARY_BYTES >
		            room - MA_CANARY_BYTES) ? 0 : slack;
}

/* Behind the block of NBYTES at P, with ROOM. */
MA_INLINE void
ma_canary_set(void *p, size_t nbytes, size_t room)
{
	uint64_t key = ma_canary_key(p), fill = ma_canary_fill(key);
	const char *end = ma_canary_fill_end(p, nbytes, room);

	/* By words: what is written beyond is room, or the last word's. */
	for (char *at = (char *)p + nbytes; at < end; at += sizeof(fill))
		memcpy(at, &fill, sizeof(fill));
	ma_canary_set_last(p, room, room - nbytes, key);
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
	uint64_t key = ma_canary_key(p);
	size_t slack = ma_canary_slack(p, room, key);

	if (slack == 0 || !ma_canary_is_filled(
		    bytes + room - slack,
		    ma_canary_fill_end(bytes, room - slack, room),
		    ma_canary_fill(key)))
		return SIZE_MAX;
	return room - slack;
}

/* --- Few bytes ---------------------------------------------------------- */

/* Up to two words of the key's bytes, as behind nearly all small blocks, are
   written and looked at without a branch upon how many they are. */
#define MA_CANARY_NEAR (3 * MA_CANARY_BYTES)	/* slack */

MA_INLINE void
ma_canary_set_near(void *p, size_t nbytes, size_t room)
{
	uint64_t key = ma_canary_key(p), fill = ma_canary_fill(key);
	char *first = (char *)p + nbytes;
	char *second = (char *)p + room - 2 * sizeof(fill);

	if (room - nbytes > MA_CANARY_BYTES && !MA_WITHOUT_FILL) {
		memcpy(first, &fill, sizeof(fill));
		memcpy(second > first ? second : first, &fill, sizeof(fill));
	}
	ma_canary_set_last(p, room, room - nbytes, key);
}

/* Are they those of P's KEY?  SLACK is more than the last word. */
MA_INLINE bool
ma_canary_is_near_filled(const char *p, size_t room, size_t slack,
                         uint64_t key)
{
	uint64_t fill = ma_canary_fill(key), first, second;
	size_t n = slack - MA_CANARY_BYTES;
	unsigned beside = n >= sizeof(fill) ? 0 :
		(unsigned)(sizeof(fill) - n) * CHAR_BIT;

	memcpy(&first, p + room - slack, sizeof(first));
	memcpy(&second, p + room - 2 * sizeof(second), sizeof(second));
	first = (ma_canary_in_memory(first) ^ fill) << beside;
	second = (ma_canary_in_memory(second) ^ fill) >> beside;
	return MA_WITHOUT_FILL || (first | second) == 0;
}

#endif /* MA_CANARY_H */
