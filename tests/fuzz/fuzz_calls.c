/* SPDX-License-Identifier: MIT */
/*
 * fuzz_calls.c - rows of calls by several threads against a model.
 *
 * An input is one byte, then four for each call: what and by which thread,
 * the slot of the block, and a number of two bytes.  If the first byte is even
 * the threads take turns, one call each time, so that an input always does the
 * same; otherwise each makes its calls while the others make theirs.
 *
 * Each slot knows its block: usable size, alignment, pattern.  A call that is
 * refused says so in errno and leaves the block as it was; only calls that
 * nobody could serve, and any while a system call is refused, may be.
 */
#include "base.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>

#include "fault_os.h"
#include "fuzz.h"
#include "machine.h"
#include "option.h"
#include "program.h"
#include "under_test.h"

#define THREADS 4
#define SLOTS 32
#define CALLS_MOST 400
#define SERVED ((size_t)16 << 20) /* Below, refusals are findings. */
#define ERRNO_BEFORE 77

struct slot {
	pthread_mutex_t mutex;
	unsigned char *p;
	size_t size, usable, alignment;
	uint64_t key;
};

struct call {
	unsigned what, thread, shape;
	struct slot *slot;
	size_t number;
};

static struct slot slots[SLOTS];
static struct call calls[CALLS_MOST];
static size_t call_count;
static bool at_once;
static atomic_bool may_refuse;

static size_t
size_of(const struct call *call)
{
	size_t size;

	switch (call->shape) {
	case 0:
		return call->number & 1023;
	case 1:
		return call->number;
	case 2:
		return call->number * 32;
	default:
		size = ((call->number & 1) ? SIZE_MAX : (size_t)PTRDIFF_MAX) -
		       (call->number >> 1) + 4096;
		/* Half of 32 bits might be had, and would have to be filled. */
		return IS_64_BIT ? size : size | TOP_BIT;
	}
}

/* No power of two for some numbers, and up to half of all addresses. */
static size_t
alignment_of(const struct call *call)
{
	unsigned shift = call->number & (SIZE_BITS - 1);

	return ((size_t)1 << (call->number & 128 ? shift : shift % 18)) +
	       (call->number % 31 == 0);
}

/* --- The model ---------------------------------------------------------- */

static void
verify(const struct slot *slot)
{
	EXPECT(pattern_holds(slot->p, slot->usable, slot->key));
	EXPECT(t_usable_size(slot->p) == slot->usable);
}

/* With turns nobody changes the other slots. */
static void
expect_disjoint(const struct slot *slot)
{
	for (const struct slot *other = slots; other < slots + SLOTS;
	     other++) {
		EXPECT(other == slot || other->p == NULL ||
		       slot->p + slot->usable <= other->p ||
		       other->p + other->usable <= slot->p);
	}
}

/* P, never NULL, now is the block of SLOT. */
static void
admit(struct slot *slot, void *p, size_t size, size_t alignment)
{
	static atomic_size_t keys;

	slot->p = p;
	slot->size = size;
	slot->alignment = alignment;
	slot->usable = t_usable_size(p);
	slot->key = atomic_fetch_add(&keys, 0x10001);
	EXPECT((uintptr_t)p % 16 == 0);
	EXPECT(alignment == 0 || (uintptr_t)p % alignment == 0);
	EXPECT(slot->usable >= size);
	if (!at_once) {
		expect_disjoint(slot);
	}
	pattern_fill(p, slot->usable, slot->key);
}

/* P came of a request of SIZE, which a multiplication may have OVERFLOWED. */
static void
expect_served(const void *p, size_t size, bool overflowed)
{
	if (p != NULL) {
		EXPECT(!overflowed && size <= PTRDIFF_MAX);
		EXPECT(errno == ERRNO_BEFORE);
		return;
	}
	EXPECT(errno == ENOMEM);
	EXPECT(overflowed || size > SERVED || atomic_load(&may_refuse));
}

static bool
is_zero(const unsigned char *p, size_t size)
{
	return size == 0 || (*p == 0 && memcmp(p, p + 1, size - 1) == 0);
}

static void
drop(struct slot *slot)
{
	if (slot->p != NULL) {
		verify(slot);
		t_free(slot->p);
		slot->p = NULL;
	}
}

/* --- The calls ---------------------------------------------------------- */

static void
call_malloc(struct slot *slot, const struct call *call)
{
	size_t size = size_of(call);
	void *p = t_malloc(size);

	expect_served(p, size, false);
	if (p != NULL) {
		admit(slot, p, size, 0);
	}
}

static void
call_calloc(struct slot *slot, const struct call *call)
{
	size_t count = call->number >> 14, size = size_of(call), product;
	bool overflowed = __builtin_mul_overflow(count, size, &product);
	unsigned char *p = t_calloc(count, size);

	expect_served(p, product, overflowed);
	if (p != NULL) {
		EXPECT(is_zero(p, product));
		admit(slot, p, product, 0);
	}
}

static void
call_aligned(struct slot *slot, const struct call *call)
{
	size_t alignment = alignment_of(call), size = call->number & 0xffc0;
	bool good = (alignment & (alignment - 1)) == 0;
	void *p = NULL;

	if (call->what == 5) {
		int error = t_posix_memalign(&p, alignment, size);

		EXPECT(errno == ERRNO_BEFORE);
		EXPECT((error == 0) == (p != NULL));
		EXPECT((error == EINVAL) == (!good ||
		                             alignment < sizeof(void *)));
		errno = error != 0 ? error : ERRNO_BEFORE;
		good = good && alignment >= sizeof(void *);
	} else {
		p = t_aligned_alloc(alignment, size);
	}
	if (!good) {
		EXPECT(p == NULL && errno == EINVAL);
		return;
	}
	expect_served(p, size > alignment ? size : alignment, false);
	if (p != NULL) {
		admit(slot, p, size, alignment);
	}
}

/* By realloc, reallocarray or recallocarray. */
static void
call_resize(struct slot *slot, const struct call *call)
{
	size_t size = size_of(call), kept, old = slot->size;
	unsigned char *p;

	size += size == 0;
	if (call->what == 2 || slot->p == NULL) {
		p = t_realloc(slot->p, size);
	} else if (call->what == 3) {
		p = t_reallocarray(slot->p, 1, size);
	} else {
		p = t_recallocarray(slot->p, old, size, 1);
	}
	expect_served(p, size, false);
	if (p == NULL) {
		return;
	}
	if (slot->p != NULL) {
		kept = call->what == 10 ? old : slot->usable;
		kept = kept < size ? kept : size;
		EXPECT(pattern_holds_of(p, slot->usable, kept, slot->key));
		EXPECT(call->what != 10 || is_zero(p + kept, size - kept));
	}
	slot->p = NULL;
	admit(slot, p, size, 0);
}

static void
call_free(struct slot *slot, const struct call *call)
{
	verify(slot);
	if (call->what == 11) {
		t_freezero(slot->p, slot->size);
	} else if (call->what == 6) {
		t_free(slot->p);
	} else if (slot->alignment != 0) {
		t_free_aligned_sized(slot->p, slot->alignment, slot->size);
	} else {
		t_free_sized(slot->p, slot->size);
	}
	EXPECT(errno == ERRNO_BEFORE);
	slot->p = NULL;
}

/* Not about a block. */
static void
call_heap(const struct call *call)
{
	switch (call->what) {
	case 12:
		t_trim(call->number);
		break;
	case 13:
		/* Exact only while no other thread allocates. */
		EXPECT(at_once || t_check() == 0);
		break;
	case 14:
		atomic_store(&may_refuse, true);
		fault_os_refuse_nth(call->number % FAULT_CALLS,
		                    1 + (call->number >> 8) % 16);
		break;
	default:
		EXPECT(t_good_size(call->number) >= call->number);
		break;
	}
}

static void
make_call(const struct call *call)
{
	struct slot *slot = call->slot;

	pthread_mutex_lock(&slot->mutex);
	if (slot->p != NULL && (call->what < 2 || call->what == 4 ||
	                        call->what == 5)) {
		drop(slot);
	}
	errno = ERRNO_BEFORE;
	if (call->what == 0) {
		call_malloc(slot, call);
	} else if (call->what == 1) {
		call_calloc(slot, call);
	} else if (call->what == 4 || call->what == 5) {
		call_aligned(slot, call);
	} else if (call->what == 2 || call->what == 3 || call->what == 10) {
		call_resize(slot, call);
	} else if (call->what >= 12) {
		call_heap(call);
	} else if (slot->p != NULL) {
		call_free(slot, call);
	}
	pthread_mutex_unlock(&slot->mutex);
}

/* --- The threads -------------------------------------------------------- */

static struct {
	pthread_mutex_t mutex;
	pthread_cond_t moved;
	size_t next; /* The call whose turn it is. */
} turn = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 };

static void
await_turn(size_t i)
{
	pthread_mutex_lock(&turn.mutex);
	while (turn.next != i) {
		pthread_cond_wait(&turn.moved, &turn.mutex);
	}
	pthread_mutex_unlock(&turn.mutex);
}

static void
pass_turn(void)
{
	pthread_mutex_lock(&turn.mutex);
	turn.next++;
	pthread_cond_broadcast(&turn.moved);
	pthread_mutex_unlock(&turn.mutex);
}

static void *
live(void *argument)
{
	for (size_t i = 0; i < call_count; i++) {
		if (calls[i].thread != (size_t)argument) {
			continue;
		}
		if (!at_once) {
			await_turn(i);
		}
		make_call(&calls[i]);
		if (!at_once) {
			pass_turn();
		}
	}
	/* The end of a thread changes the heap too: not in another's turn. */
	if (!at_once) {
		await_turn(call_count);
	}
	return NULL;
}

static void
read_calls(const uint8_t *data, size_t size)
{
	at_once = data[0] & 1;
	call_count = 0;
	for (size_t i = 1; i + 4 <= size && call_count < CALLS_MOST; i += 4) {
		struct call *call = &calls[call_count++];

		call->what = data[i] & 15;
		call->thread = data[i] >> 4 & (THREADS - 1);
		call->shape = data[i] >> 6;
		call->slot = &slots[data[i + 1] % SLOTS];
		call->number = data[i + 2] | (size_t)data[i + 3] << 8;
	}
}

static void
start(void)
{
	for (size_t i = 0; i < SLOTS; i++) {
		pthread_mutex_init(&slots[i].mutex, NULL);
	}
	/* Behind the first call, which reads the environment: inputs are to
	   reach blocks with own mappings without filling 32 MiB. */
	t_free(t_malloc(1));
	EXPECT(ma_option_parse("huge_threshold:1M"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;

	if (size < 5) {
		return 0;
	}
	if (!started) {
		start();
		started = true;
	}
	read_calls(data, size);
	turn.next = 0;
	threads_run(live, THREADS);
	EXPECT(t_check() == 0);
	for (size_t i = 0; i < SLOTS; i++) {
		drop(&slots[i]);
	}
	fault_os_refuse_one_in(0);
	atomic_store(&may_refuse, false);
	t_trim(0);
	EXPECT(t_check() == 0);
	return 0;
}
