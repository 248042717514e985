/* SPDX-License-Identifier: MIT */
/*
 * thread.c - attaching, ending, and the first call of the process.
 *
 * The first call may come from the loader, before any constructor and before
 * the C library knows its environment.  So setup has two parts: what every
 * block depends on (the secret), and what may call malloc itself (the fork
 * handlers, the key); the options follow as soon as there is an environment.
 */
#include "base.h"

#include <pthread.h>

#include "option.h"
#include "os.h"
#include "thread.h"

MA_THREAD_LOCAL struct ma_thread ma_thread = { .hit = &ma_heap_none };

struct ma_lock ma_thread_late_lock = MA_LOCK_INIT(MA_RANK_LATE);
static struct ma_lock setup_lock = MA_LOCK_INIT(MA_RANK_SETUP);
static struct ma_heap *late_heap;

static bool is_set_up;		/* atomic */
static bool has_options;
static bool has_begun;		/* what may call malloc itself */
static bool has_key;
static pthread_key_t thread_key;

/*
 * Other keys' destructors may still free and allocate: wait for the last
 * round before the heap goes.
 */
static void
end_thread(void *heap)
{
	if (++ma_thread.rounds < MA_KEY_ROUNDS &&
	    pthread_setspecific(thread_key, heap) == 0)
		return;
	ma_thread.hit = &ma_heap_none;
	ma_thread.state = MA_THREAD_ENDED;
	ma_thread.heap = NULL;
	ma_pool_put(heap);
}

void
ma_thread_setup(char *const *environment)
{
	if (__atomic_load_n(&is_set_up, __ATOMIC_ACQUIRE) ||
	    ma_lock_is_mine(&setup_lock))
		return;
	ma_lock_take(&setup_lock);
	if (ma_secret_mark == 0)
		ma_secret_setup();
	if (!has_options && environment != NULL) {
		has_options = true;
		ma_option_read(environment);
	}
	if (!has_begun) {
		has_begun = true;
		ma_fork_setup();
		has_key = pthread_key_create(&thread_key, end_thread) == 0;
	}
	if (has_options)
		__atomic_store_n(&is_set_up, true, __ATOMIC_RELEASE);
	ma_lock_release(&setup_lock);
}

void
ma_thread_choose_hit(void)
{
	ma_thread.hit = ma_thread.state != MA_THREAD_ATTACHED ||
		ma_option_each_call() ? &ma_heap_none : ma_thread.heap;
}

static bool
attach(void)
{
	struct ma_heap *heap;

	ma_thread_setup(ma_os_environment());
	/* Nobody would tell that the thread has ended. */
	if (!has_key && ma_heap_last_number() != 0)
		return false;
	/* Setup may have called malloc, and so have attached the thread. */
	heap = ma_thread.heap != NULL ? ma_thread.heap : ma_pool_get();
	if (heap == NULL)
		return false;
	ma_thread.heap = heap;
	ma_thread.state = MA_THREAD_ATTACHED;
	ma_thread_choose_hit();
	/* May allocate: from here on it can. */
	if (has_key)
		pthread_setspecific(thread_key, heap);
	return true;
}

struct ma_heap *
ma_thread_enter_slow(void)
{
	if (ma_thread.state == MA_THREAD_NEW && attach())
		return ma_thread.heap;
	ma_lock_take(&ma_thread_late_lock);
	if (late_heap == NULL || late_heap->state == MA_HEAP_LOST)
		late_heap = ma_pool_get_shared();
	if (late_heap == NULL)
		ma_lock_release(&ma_thread_late_lock);
	return late_heap;
}

void
ma_thread_leave_slow(void)
{
	if (ma_lock_is_mine(&ma_thread_late_lock))
		ma_lock_release(&ma_thread_late_lock);
}

__attribute__((constructor)) static void
start_process(void)
{
	ma_thread_setup(ma_os_environment());
	/* Options known only now may ask that this thread hits no more. */
	ma_thread_choose_hit();
	if (ma_thread.state == MA_THREAD_ATTACHED && has_key)
		pthread_setspecific(thread_key, ma_thread.heap);
}
