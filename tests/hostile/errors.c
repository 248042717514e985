/* SPDX-License-Identifier: MIT */
/*
 * errors.c - sizes and alignments that no allocator can serve, by every
 * function; and what calls leave as it was.
 */
#include "others.h"
#include "situation.h"

#include <malloc.h>

/* None of them a constant to the compiler, which knows these functions. */
static volatile size_t most = PTRDIFF_MAX;

static void
expect_no_memory(const char *call, const void *p)
{
	if (p != NULL)
		fail("%s gave %p", call, p);
	if (errno != ENOMEM)
		fail("%s: errno is %d, not ENOMEM", call, errno);
	errno = 0;
}

#define EXPECT_NO_MEMORY(call) (errno = 0, expect_no_memory(#call, by_##call))

/*
 * Compilers know that these functions leave errno alone, and that nobody needs
 * a block that nobody looks at: so they must not know whom they call.
 */
static void *(*volatile by_malloc)(size_t) = malloc;
static void *(*volatile by_calloc)(size_t, size_t) = calloc;
static void *(*volatile by_realloc)(void *, size_t) = realloc;
static void *(*volatile by_reallocarray)(void *, size_t, size_t) =
	reallocarray;
static void *(*volatile by_aligned_alloc)(size_t, size_t) = aligned_alloc;
static void *(*volatile by_memalign)(size_t, size_t) = memalign;
static void *(*volatile by_valloc)(size_t) = valloc;
static void *(*volatile by_pvalloc)(size_t) = pvalloc;

static void
sizes(char **args)
{
	size_t over = most + 1, all = most * 2 + 1;
	char *kept = malloc(100);

	(void)args;
	memset(kept, 'k', 100);
	EXPECT_NO_MEMORY(malloc(over));
	EXPECT_NO_MEMORY(malloc(all));
	EXPECT_NO_MEMORY(malloc(most));
	EXPECT_NO_MEMORY(malloc(most - 4096));
	EXPECT_NO_MEMORY(calloc(1, over));
	EXPECT_NO_MEMORY(calloc(all, all));
	EXPECT_NO_MEMORY(calloc(all / 16 + 1, 16));
	EXPECT_NO_MEMORY(calloc(16, all / 16 + 1));
	EXPECT_NO_MEMORY(realloc(NULL, all));
	EXPECT_NO_MEMORY(realloc(kept, over));
	EXPECT_NO_MEMORY(realloc(kept, all));
	EXPECT_NO_MEMORY(reallocarray(kept, all / 16 + 1, 16));
	EXPECT_NO_MEMORY(aligned_alloc(16, over));
	EXPECT_NO_MEMORY(aligned_alloc(4096, all - 4095));
	EXPECT_NO_MEMORY(memalign(4096, all));
	EXPECT_NO_MEMORY(memalign(over, 1));
	EXPECT_NO_MEMORY(memalign(over / 2, over / 2));
	EXPECT_NO_MEMORY(valloc(all));
	EXPECT_NO_MEMORY(pvalloc(all));
	EXPECT_NO_MEMORY(pvalloc(all - 4000));
	for (unsigned i = 0; i < 100; i++)
		if (kept[i] != 'k')
			fail("a refused realloc changed the block");
	free(kept);
}

static void
alignments(char **args)
{
	static char mark[] = "mark";
	void *p = mark;
	size_t over = most + 1;

	(void)args;
	for (size_t a = 0; a < 100; a++) {
		if (a >= sizeof(void *) && (a & (a - 1)) == 0)
			continue;
		if (posix_memalign(&p, a, 10) != EINVAL || p != mark)
			fail("posix_memalign took the alignment %zu", a);
	}
	if (posix_memalign(&p, over, 10) != ENOMEM || p != mark)
		fail("posix_memalign: 2^63 is not ENOMEM");
	if (posix_memalign(&p, 4096, over) != ENOMEM || p != mark)
		fail("posix_memalign: too many bytes are not ENOMEM");
	for (size_t a = sizeof(void *); a <= MIB; a *= 2) {
		for (size_t n = 0; n < 3 * a; n = n * 2 + 1) {
			if (posix_memalign(&p, a, n) != 0)
				fail("posix_memalign(%zu, %zu) failed", a, n);
			if ((uintptr_t)p % a != 0)
				fail("posix_memalign(%zu, %zu) gave %p", a, n,
				     p);
			memset(p, 1, n);
			free(p);
		}
	}
	for (size_t n = 1; n < 5000; n++) {
		p = malloc(n);
		if ((uintptr_t)p % 16 != 0)
			fail("malloc(%zu) gave %p", n, p);
		free(p);
	}
}

static void
kept_errno(char **args)
{
	static const size_t list[] = {
		0, 1, 100, 5000, 40000, 300000, 5 * MIB, 200 * MIB
	};

	(void)args;
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < sizeof(list) / sizeof(*list); i++) {
			void *p = malloc(list[i]), *q = malloc(list[i]);

			if (p == NULL || q == NULL || p == q)
				fail("malloc(%zu) twice: %p, %p", list[i], p,
				     q);
			errno = 4711;
			free(p);
			free(q);
			free(NULL);
			if (errno != 4711)
				fail("free of %zu bytes changed errno",
				     list[i]);
		}
	}
}

static const struct situation list[] = {
	{ "sizes", sizes },
	{ "alignments", alignments },
	{ "kept_errno", kept_errno },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
