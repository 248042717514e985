/* SPDX-License-Identifier: MIT */
/*
 * limits.c - a program that meets the limits it sets itself, frees, and goes
 * on.
 */
#include "situation.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define ROOM (64 * MIB)

/* Let the process have ROOM more than it has; WHICH: "as" or "data". */
static void
set_limit(const char *which, size_t room)
{
	bool is_data = strcmp(which, "data") == 0;
	size_t have = status_kib(is_data ? "VmData:" : "VmSize:") << 10;
	struct rlimit limit;

	if (have == 0)
		skip("/proc/self/status does not tell what there is");
	if (getrlimit(is_data ? RLIMIT_DATA : RLIMIT_AS, &limit) != 0)
		fail("getrlimit: %s", strerror(errno));
	limit.rlim_cur = have + room;
	if (setrlimit(is_data ? RLIMIT_DATA : RLIMIT_AS, &limit) != 0)
		fail("setrlimit: %s", strerror(errno));
}

/* --- Until nothing is left, and again ----------------------------------- */

/* How many blocks of SIZE there are until a refusal; they are chained. */
static size_t
take_all(void ***held, size_t size)
{
	size_t n = 0;
	void **p;

	for (;; n++) {
		errno = 0;
		p = malloc(size);
		if (p == NULL)
			break;
		/* Touched where it may lie next to others. */
		((char *)p)[size - 1] = 1;
		*p = *held;
		*held = p;
	}
	if (errno != ENOMEM)
		fail("malloc refused without ENOMEM");
	return n;
}

static void
free_all(void ***held)
{
	void **p;

	while ((p = *held) != NULL) {
		*held = *p;
		errno = 4711;
		free(p);
		if (errno != 4711)
			fail("free changed errno");
	}
}

/* While nothing is left the relatives of malloc refuse as well. */
static void
refuse_all(size_t size)
{
	static char kept[] = "kept";
	char *small;
	void *p = kept;

	errno = 0;
	if (calloc(size, 64) != NULL || errno != ENOMEM)
		fail("calloc did not refuse with ENOMEM");
	errno = 0;
	if (aligned_alloc(4096, 64 * size) != NULL || errno != ENOMEM)
		fail("aligned_alloc did not refuse with ENOMEM");
	if (posix_memalign(&p, 4096, 64 * size) != ENOMEM || p != kept)
		fail("posix_memalign did not refuse with ENOMEM");
	small = malloc(1);
	if (small == NULL)
		return;
	*small = 'x';
	errno = 0;
	if (realloc(small, 64 * size) != NULL || errno != ENOMEM)
		fail("realloc did not refuse with ENOMEM");
	if (*small != 'x')
		fail("a refused realloc changed the block");
	free(small);
}

/* WHICH SIZE [OTHER]: rounds by turns of blocks of SIZE and of OTHER. */
static void
exhaust(char **args)
{
	size_t size = strtoul(args[1], NULL, 0);
	size_t other = args[2] == NULL ? size : strtoul(args[2], NULL, 0);
	size_t first = 0;
	void **held = NULL;

	set_limit(args[0], ROOM);
	for (unsigned round = 0; round < 4; round++) {
		size_t now = round % 2 == 0 ? size : other;
		size_t n = take_all(&held, now) * now;

		refuse_all(2 * MIB);
		if (n < ROOM / 8 * 3)
			fail("refused after %zu bytes of %zu, in round %u", n,
			     ROOM, round);
		if (round == 0)
			first = n;
		if (n / 8 < first / 10)
			fail("%zu bytes in round %u, %zu at first", n, round,
			     first);
		free_all(&held);
	}
	work(1, 20000);
}

/* --- What is kept back for who was refused ------------------------------ */

/* Bytes in blocks of SIZE that can still be had, up to MOST. */
static size_t
take_up_to(void ***held, size_t size, size_t most)
{
	size_t sum = 0;
	void **p;

	while (sum < most && (p = malloc(size)) != NULL) {
		memset(p, 1, size);
		*p = *held;
		*held = p;
		sum += size;
	}
	return sum;
}

/*
 * WHICH SIZE SMALL: all is taken in blocks of SIZE until one is refused.  Who
 * learns of that can save his work, for which he needs a mebibyte in blocks of
 * SMALL; when he has freed enough he could again.
 */
static void
save_after_refusal(char **args)
{
	size_t size = strtoul(args[1], NULL, 0);
	size_t small = strtoul(args[2], NULL, 0);
	void **held = NULL, **saving = NULL;

	set_limit(args[0], ROOM);
	for (unsigned round = 0; round < 4; round++) {
		size_t sum;

		take_all(&held, size);
		sum = take_up_to(&saving, small, MIB);
		if (sum < MIB)
			fail("%zu bytes were left to save with, in round %u",
			     sum, round);
		free_all(&saving);
		free_all(&held);
	}
	work(1, 20000);
}

/* The same: where memory is so scarce, nothing is kept back. */
static void
keep_nothing_back(size_t size, size_t small)
{
	void **held = NULL, **saving = NULL;
	size_t sum;

	take_all(&held, size);
	sum = take_up_to(&saving, small, MIB);
	/* The rest of a span. */
	if (sum > MIB / 4)
		fail("%zu bytes were kept back", sum);
	free_all(&saving);
	free_all(&held);
	may_refuse = true;
	work(1, 20000);
}

/* SIZE SMALL MIB: of all addresses. */
static void
nothing_kept_as(char **args)
{
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max = strtoul(args[2], NULL, 0) * MIB;
	if (setrlimit(RLIMIT_AS, &limit) != 0)
		fail("setrlimit: %s", strerror(errno));
	keep_nothing_back(strtoul(args[0], NULL, 0), strtoul(args[1], NULL,
	                                                     0));
}

/* What is freed in small parts at the limit serves again at once. */
static void
exhaust_and_exchange(char **args)
{
	void **held = NULL;
	size_t n;

	set_limit(args[0], ROOM);
	n = take_all(&held, 256);
	for (size_t i = 0; i < n; i++) {
		void **p = held, **new;

		held = *p;
		free(p);
		new = malloc(256);
		if (new == NULL)
			fail("the block just freed was refused");
		free(new);
	}
	may_refuse = true;
	work(1, 20000);
}

/* No more data from some time on (0 has a meaning of its own); then again. */
static void
no_more_data(char **args)
{
	struct rlimit limit = { .rlim_cur = 4096 }, old;
	void **held = NULL;

	(void)args;
	work(1, 20000);
	getrlimit(RLIMIT_DATA, &old);
	limit.rlim_max = old.rlim_max;
	if (setrlimit(RLIMIT_DATA, &limit) != 0)
		fail("setrlimit: %s", strerror(errno));
	take_all(&held, 100);
	take_all(&held, 100000);
	may_refuse = true;
	work(2, 20000);
	free_all(&held);
	work(3, 20000);
	if (setrlimit(RLIMIT_DATA, &old) != 0)
		fail("setrlimit: %s", strerror(errno));
	may_refuse = false;
	work(4, 20000);
}

/* --- Threads at the limit ----------------------------------------------- */

#define THREADS 2000

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *
wait_and_work(void *arg)
{
	void *p;

	may_refuse = true;
	p = malloc(100);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	free(p);
	return arg;
}

static void
threads_until_refused(char **args)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;
	unsigned n = 0;
	int error = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	set_limit(args[0], ROOM);
	for (unsigned round = 0; round < 3; round++) {
		pthread_mutex_lock(&gate);
		for (n = 0; n < THREADS; n++) {
			error = pthread_create(&threads[n], &attr,
			                       wait_and_work, NULL);
			if (error != 0)
				break;
		}
		pthread_mutex_unlock(&gate);
		if (error != EAGAIN && error != ENOMEM)
			fail("pthread_create ended with %s, not EAGAIN",
			     strerror(error));
		if (n < 64)
			fail("only %u threads within %zu bytes", n, ROOM);
		while (n-- > 0)
			pthread_join(threads[n], NULL);
	}
	may_refuse = false;
	work(1, 20000);
}

/* --- Other limits ------------------------------------------------------- */

static void
no_files(char **args)
{
	struct rlimit limit = { 0, 0 };

	(void)args;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		fail("setrlimit: %s", strerror(errno));
	work(1, 100000);
}

/* The process has KIB KiB, all locked. */
static void
lock_all(size_t kib)
{
	struct rlimit limit;

	limit.rlim_cur = limit.rlim_max = kib << 10;
	/* Who may lock everything is not limited. */
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
		skip("no right to become another user");
	if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0)
		fail("setrlimit: %s", strerror(errno));
	if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0)
		fail("mlockall: %s", strerror(errno));
}

/* A mebibyte of blocks where the whole process has KIB KiB, all locked. */
static void
locked(char **args)
{
	void **held = NULL;

	lock_all(strtoul(args[0], NULL, 0));
	for (unsigned i = 0; i < MIB / 1000; i++) {
		void **p = malloc(1000);

		if (p == NULL)
			fail("refused after %u blocks of 1000", i);
		memset(p, 1, 1000);
		*p = held;
		held = p;
	}
	take_all(&held, 10000);
	free_all(&held);
	may_refuse = true;
	work(1, 20000);
}

/* SIZE SMALL KIB: all locked. */
static void
nothing_kept_locked(char **args)
{
	lock_all(strtoul(args[2], NULL, 0));
	keep_nothing_back(strtoul(args[0], NULL, 0), strtoul(args[1], NULL,
	                                                     0));
}

static const struct situation list[] = {
	{ "exhaust", exhaust },
	{ "save", save_after_refusal },
	{ "nothing_kept_as", nothing_kept_as },
	{ "nothing_kept_locked", nothing_kept_locked },
	{ "exchange", exhaust_and_exchange },
	{ "no_more_data", no_more_data },
	{ "threads", threads_until_refused },
	{ "no_files", no_files },
	{ "locked", locked },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
