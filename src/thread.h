/* SPDX-License-Identifier: MIT */
/*
 * thread.h - each thread's way to its heap.
 *
 * A thread gets its heap at its first slow path and gives it to the pool when
 * it ends.  What it allocates or frees after that, in destructors that run
 * later than ours, is served by the late heap, which all such threads share
 * under a lock, so that nothing is built that nobody would take down.
 */
#ifndef MA_THREAD_H
#define MA_THREAD_H

#include "base.h"
#include "heap.h"

enum ma_thread_state {
	MA_THREAD_NEW,
	MA_THREAD_ATTACHED,
	MA_THREAD_ENDED
};

struct ma_thread {
	/* What the hit paths use: the thread's heap, or ma_heap_none where
	   every call must go out of line. */
	struct ma_heap *hit;
	struct ma_heap *heap;	/* NULL if not attached */
	uint8_t state;		/* enum ma_thread_state */
	uint8_t rounds;		/* of key destructors so far */
	bool asks_again;	/* a refusal is not yet the program's */
};

MA_HIDDEN extern MA_THREAD_LOCAL struct ma_thread ma_thread;

MA_HIDDEN MA_COLD struct ma_heap *
ma_thread_enter_slow(void);
MA_HIDDEN MA_COLD void
ma_thread_leave_slow(void);

/*
 * The heap that the calling thread may use until it leaves; NULL if there is
 * no memory for one.
 */
MA_INLINE struct ma_heap *
ma_thread_enter(void)
{
	if (MA_LIKELY(ma_thread.state == MA_THREAD_ATTACHED))
		return ma_thread.heap;
	return ma_thread_enter_slow();
}

MA_INLINE void
ma_thread_leave(struct ma_heap *heap)
{
	if (MA_UNLIKELY(heap != ma_thread.heap))
		ma_thread_leave_slow();
}

/* Hit or do not, as the options ask now. */
MA_HIDDEN void
ma_thread_choose_hit(void);

/* The lock of the late heap, for fork. */
MA_HIDDEN extern struct ma_lock ma_thread_late_lock;

/* Prepare the process; done by the first call that needs it. */
MA_HIDDEN void
ma_thread_setup(char *const *environment);

/* fork.c: register the handlers. */
MA_HIDDEN void
ma_fork_setup(void);

#endif /* MA_THREAD_H */
