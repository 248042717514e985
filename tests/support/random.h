/* SPDX-License-Identifier: MIT */
/*
 * random.h - the generator of random numbers for tests and bench programs.
 */
#ifndef TEST_RANDOM_H
#define TEST_RANDOM_H

#include <stdint.h>

/* A small seeded generator (splitmix64); the same row on every machine. */
static inline uint64_t
next_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

#endif /* TEST_RANDOM_H */
