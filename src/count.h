/* SPDX-License-Identifier: MIT */
/*
 * count.h - how often threads meet: counted by debug builds, nothing in others.
 *
 * Counts are of the whole process and are shown by malloc_stats.  The costs of
 * threads show in them and not in times, whatever the number of processors.
 */
#ifndef MA_COUNT_H
#define MA_COUNT_H

#include "base.h"

enum ma_count {
	MA_COUNT_REMOTE_FREES,	/* blocks put into batches */
	MA_COUNT_REMOTE_ATOMICS,	/* to send and to drain them */
	MA_COUNT_SPANS,		/* taken from the arena or given back */
	MA_COUNT_ARENA_LOCKS,	/* taken for spans or anything else */
	MA_COUNTS
};

#if MA_DEBUG
MA_HIDDEN extern size_t ma_counts[MA_COUNTS];

MA_INLINE void
ma_count(enum ma_count what)
{
	__atomic_fetch_add(&ma_counts[what], 1, __ATOMIC_RELAXED);
}

MA_INLINE size_t
ma_counted(enum ma_count what)
{
	return __atomic_load_n(&ma_counts[what], __ATOMIC_RELAXED);
}
#else
MA_INLINE void
ma_count(enum ma_count what)
{
	(void)what;
}

MA_INLINE size_t
ma_counted(enum ma_count what)
{
	(void)what;
	return 0;
}
#endif

#endif /* MA_COUNT_H */
