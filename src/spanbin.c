/* SPDX-License-Identifier: MIT */
/*
 * spanbin.c - the free spans, in bins by length.
 */
#include "base.h"

#include "bits.h"
#include "spanbin.h"
#include "spantree.h"

/* Up to this length a bin holds one length only. */
#define EXACT 32

unsigned
ma_spanbin_number(size_t nslices)
{
	if (nslices <= EXACT)
		return (unsigned)nslices - 1;

	/* 33..39 are bin 32, 40..47 bin 33, ... : 3 leading bits. */
	unsigned high = ma_bits_highest(nslices);
	unsigned number = EXACT + 4 * (high - 5) +
		(unsigned)((nslices >> (high - 2)) & 3);
	return number < MA_SPANBINS ? number : MA_SPANBINS - 1;
}

void
ma_spanbin_put(struct ma_spanbin *bins, struct ma_span *span)
{
	unsigned b = ma_spanbin_number(span->slices);

	ma_spantree_insert(&bins->trees[b], span);
	bins->filled[b / 64] |= (uint64_t)1 << (b % 64);
}

void
ma_spanbin_remove(struct ma_spanbin *bins, struct ma_span *span)
{
	unsigned b = ma_spanbin_number(span->slices);

	ma_spantree_remove(&bins->trees[b], span);
	if (bins->trees[b] == NULL)
		bins->filled[b / 64] &= ~((uint64_t)1 << (b % 64));
}

/* The first filled bin from number B on, MA_SPANBINS if none. */
static unsigned
next_filled(const struct ma_spanbin *bins, unsigned b)
{
	for (; b < MA_SPANBINS; b = (b | 63) + 1) {
		uint64_t left = bins->filled[b / 64] >> (b % 64);

		if (left != 0)
			return b + ma_bits_lowest(left);
	}
	return MA_SPANBINS;
}

struct ma_span *
ma_spanbin_take(struct ma_spanbin *bins, size_t nslices)
{
	unsigned b = next_filled(bins, ma_spanbin_number(nslices));
	struct ma_span *span = NULL;

	/* The bin of the length itself may hold only shorter ones. */
	while (b < MA_SPANBINS && span == NULL) {
		span = ma_spantree_find(bins->trees[b], nslices);
		b = next_filled(bins, b + 1);
	}
	if (span != NULL)
		ma_spanbin_remove(bins, span);
	return span;
}

/* The last span of the bins below number B. */
static struct ma_span *
last_below(struct ma_spanbin *bins, unsigned b)
{
	while (b-- > 0)
		if (bins->trees[b] != NULL)
			return ma_spantree_last(bins->trees[b]);
	return NULL;
}

struct ma_span *
ma_spanbin_longest(struct ma_spanbin *bins)
{
	return last_below(bins, MA_SPANBINS);
}

struct ma_span *
ma_spanbin_next_shorter(struct ma_spanbin *bins, const struct ma_span *span)
{
	unsigned b = ma_spanbin_number(span->slices);
	struct ma_span *before = ma_spantree_before(bins->trees[b], span);

	return before != NULL ? before : last_below(bins, b);
}
