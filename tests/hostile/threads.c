/* SPDX-License-Identifier: MIT */
/*
 * threads.c - threads with little stack, many threads, threads that end in
 * unusual ways.
 */
#include "others.h"
#include "situation.h"

#include <dlfcn.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

static size_t
resident_kib(void)
{
	size_t n = status_kib("VmRSS:");

	if (n == 0)
		skip("/proc/self/status does not tell what there is");
	return n;
}

static pthread_t
start(void *(*run)(void *), void *arg)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, run, arg);

	if (error != 0)
		fail("pthread_create: %s", strerror(error));
	return thread;
}

/* --- Stacks, numbers ---------------------------------------------------- */

static void *
work_small(void *arg)
{
	work((uint32_t)(uintptr_t)arg, 2000);
	return NULL;
}

/* In so little stack also what looks at the heap, or ends the process. */
static int (*print_heap)(int), (*check_heap)(void);
static int nowhere;

static void *
look_at_heap(void *arg)
{
	if (print_heap != NULL && print_heap(nowhere) != 0)
		fail("memalloc_print_heap failed");
	if (check_heap != NULL && check_heap() != 0)
		fail("memalloc_check failed");
	malloc_trim(0);
	return arg;
}

static void *
use_large_blocks(void *arg)
{
	for (size_t n = 100000; n < 100 * MIB; n *= 3) {
		char *p = malloc(n);

		if (p == NULL)
			fail("%zu bytes were refused", n);
		p[0] = p[n - 1] = 1;
		p = realloc(p, 2 * n);
		if (p == NULL || p[0] != 1 || p[n - 1] != 1)
			fail("realloc lost something");
		free(p);
	}
	return arg;
}

/* The child allocates; or frees what is not its own, which ends it. */
static void *
fork_in_stack(void *misuse)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		static char foreign[64];
		char *volatile p = foreign + 16;

		close(2);
		free(malloc(1000));
		if (misuse != NULL)
			free(p);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		fail("fork: %s", strerror(errno));
	if (misuse == NULL ? status != 0 : !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGABRT)
		fail("a child ended with %#x", (unsigned)status);
	return NULL;
}

static void
in_minimal_stack(void *(*run)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN);
	if (pthread_create(&thread, &attr, run, arg) != 0)
		fail("no thread with PTHREAD_STACK_MIN can be made");
	pthread_join(thread, NULL);
}

static void
minimal_stacks_for_all(char **args)
{
	static char yes[] = "misuse";

	(void)args;
	*(void **)&print_heap = dlsym(RTLD_DEFAULT, "memalloc_print_heap");
	*(void **)&check_heap = dlsym(RTLD_DEFAULT, "memalloc_check");
	nowhere = open("/dev/null", O_WRONLY);
	work(1, 20000);
	in_minimal_stack(look_at_heap, NULL);
	in_minimal_stack(use_large_blocks, NULL);
	in_minimal_stack(fork_in_stack, NULL);
	in_minimal_stack(fork_in_stack, yes);
}

static void
minimal_stacks(char **args)
{
	pthread_attr_t attr;
	pthread_t thread;

	(void)args;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN);
	for (uintptr_t i = 0; i < 50; i++) {
		if (pthread_create(&thread, &attr, work_small, (void *)i) != 0)
			fail("no thread with PTHREAD_STACK_MIN can be made");
		pthread_join(thread, NULL);
	}
}

static void *
work_shortly(void *arg)
{
	void *blocks[8];

	for (unsigned i = 0; i < 8; i++) {
		blocks[i] = malloc(24 << i);
		if (blocks[i] == NULL)
			fail("refused in a thread");
		memset(blocks[i], 1, (size_t)24 << i);
	}
	for (unsigned i = 0; i < 8; i++)
		free(blocks[i]);
	return arg;
}

/* NUMBER of threads, one after the other. */
static void
many(char **args)
{
	unsigned n = (unsigned)strtoul(args[0], NULL, 0);
	size_t before = 0, after;

	for (unsigned i = 0; i < n; i++) {
		pthread_join(start(work_shortly, NULL), NULL);
		if (i == n / 20)
			before = resident_kib();
	}
	after = resident_kib();
	if (after > before + 4096)
		fail("%zu KiB resident after %u threads, %zu after a "
		     "twentieth of them", after, n, before);
}

/* --- Blocks go from thread to thread ------------------------------------ */

#define QUEUE 1024

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void *blocks[QUEUE];
	unsigned n;
	bool ended;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER };

static void *
consume(void *arg)
{
	void *taken[QUEUE];
	bool ended = false;

	while (!ended) {
		unsigned n;

		pthread_mutex_lock(&queue.lock);
		while (queue.n == 0 && !queue.ended)
			pthread_cond_wait(&queue.changed, &queue.lock);
		n = queue.n;
		memcpy(taken, queue.blocks, n * sizeof(*taken));
		queue.n = 0;
		ended = queue.ended;
		pthread_cond_signal(&queue.changed);
		pthread_mutex_unlock(&queue.lock);
		while (n-- > 0)
			free(taken[n]);
	}
	return arg;
}

/* All that one thread allocates another frees: 2 GiB in the end. */
static void
freed_by_others(char **args)
{
	pthread_t thread = start(consume, NULL);
	uint32_t state = 1;
	size_t sum = 0, after;

	(void)args;
	while (sum < 2048 * MIB) {
		pthread_mutex_lock(&queue.lock);
		while (queue.n == QUEUE)
			pthread_cond_wait(&queue.changed, &queue.lock);
		while (queue.n < QUEUE) {
			size_t n = some_size(&state);
			char *p = malloc(n);

			if (p == NULL)
				fail("refused after %zu bytes", sum);
			p[0] = p[n - 1] = 1;
			queue.blocks[queue.n++] = p;
			sum += n;
		}
		pthread_cond_signal(&queue.changed);
		pthread_mutex_unlock(&queue.lock);
	}
	pthread_mutex_lock(&queue.lock);
	queue.ended = true;
	pthread_cond_signal(&queue.changed);
	pthread_mutex_unlock(&queue.lock);
	pthread_join(thread, NULL);
	after = resident_kib();
	if (after > 128 << 10)
		fail("%zu KiB resident", after);
}

/* --- Ends --------------------------------------------------------------- */

#define KEYS 100

static pthread_key_t keys[KEYS];

static void
destroy(void *value)
{
	unsigned char *p = value;
	unsigned round = p[0];
	void *other = malloc(5000);

	if (other == NULL)
		fail("refused in a destructor");
	memset(other, 1, 5000);
	free(p);
	free(other);
	/* As long as the C library calls destructors again. */
	if (round > 1) {
		p = malloc(1000);
		if (p == NULL)
			fail("refused in a destructor");
		p[0] = (unsigned char)(round - 1);
		pthread_setspecific(keys[0], p);
	}
}

static void *
set_all_keys(void *arg)
{
	unsigned n = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < n; i++) {
		unsigned char *p = malloc(100);

		if (p == NULL)
			fail("refused");
		p[0] = i == 0 ? PTHREAD_DESTRUCTOR_ITERATIONS : 1;
		if (pthread_setspecific(keys[i], p) != 0)
			fail("pthread_setspecific failed");
	}
	return NULL;
}

/* THREADS KEYS: destructors allocate, up to the last round. */
static void
destructors(char **args)
{
	unsigned n = (unsigned)strtoul(args[0], NULL, 0);
	uintptr_t used = strtoul(args[1], NULL, 0);
	size_t before = 0, after;

	for (unsigned i = 0; i < used; i++)
		if (pthread_key_create(&keys[i], destroy) != 0)
			skip("not so many keys");
	for (unsigned i = 0; i < n; i++) {
		pthread_join(start(set_all_keys, (void *)used), NULL);
		if (i == n / 10)
			before = resident_kib();
	}
	after = resident_kib();
	if (after > before + 4096)
		fail("%zu KiB resident, %zu after a tenth of the threads",
		     after, before);
}

static void
free_it(void *p)
{
	free(p);
}

static void *
work_until_cancelled(void *arg)
{
	for (volatile uint32_t i = 0;; i++) {
		void *p = malloc(100 + i % 1000);

		pthread_cleanup_push(free_it, p);
		work(i, 50);
		pthread_testcancel();
		pthread_cleanup_pop(1);
	}
	return arg;
}

static volatile unsigned counted;

static void *
count_until_cancelled(void *arg)
{
	int old;

	for (uint32_t i = 0;; i++) {
		work(i, 50);
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
		for (unsigned k = 0; k < 20000; k++)
			counted++;
		pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &old);
	}
	return arg;
}

static void
cancel_often(void *(*run)(void *), unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		pthread_t thread = start(run, NULL);
		void *end;

		usleep(i % 7 * 300);
		pthread_cancel(thread);
		pthread_join(thread, &end);
		if (end != PTHREAD_CANCELED)
			fail("a thread was not cancelled");
	}
	work(1, 20000);
}

static void
cancel(char **args)
{
	(void)args;
	cancel_often(work_until_cancelled, 300);
}

static void
cancel_at_once(char **args)
{
	(void)args;
	cancel_often(count_until_cancelled, 300);
}

/* --- Out of a handler, past what it interrupted ------------------------- */

static sigjmp_buf back;
static volatile sig_atomic_t may_jump, jumps;

static void
jump(int number)
{
	(void)number;
	if (may_jump) {
		may_jump = 0;
		jumps++;
		siglongjmp(back, 1);
	}
}

/* Pages of addresses. */
static long
addresses(void)
{
	char text[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		skip("no /proc/self/statm here");
	close(fd);
	return atol(text);
}

static int (*print_heap)(int fd);

static void *
print_cancelled(void *fd)
{
	pthread_cancel(pthread_self());
	print_heap(*(int *)fd);
	return NULL;
}

/* A printer that never ended would keep what others give back from use. */
static void
cancel_in_print(char **args)
{
	int fd = open("/dev/null", O_WRONLY);
	pthread_t thread;
	long before;

	(void)args;
	*(void **)&print_heap = dlsym(RTLD_DEFAULT, "memalloc_print_heap");
	if (print_heap == NULL)
		skip("this allocator does not print its heap");
	if (fd < 0)
		skip("no /dev/null here");
	for (int i = 0; i < 10; i++)
		if (pthread_create(&thread, NULL, print_cancelled, &fd) != 0 ||
		    pthread_join(thread, NULL) != 0)
			skip("no threads here");
	before = addresses();
	for (int i = 0; i < 50; i++) {
		void *p = malloc((size_t)600 << 20);

		if (p == NULL)
			fail("600 MiB were refused");
		free(p);
	}
	if (addresses() - before > (long)(2048 * MIB / 4096))
		fail("50 times 600 MiB, all freed, left %ld pages",
		     addresses() - before);
}

static void
jump_out(char **args)
{
	struct itimerval timer = { { 0, 1000 }, { 0, 1000 } };
	struct sigaction action = { .sa_handler = jump };

	(void)args;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (jumps < 300) {
		if (sigsetjmp(back, 1) == 0) {
			may_jump = 1;
			for (;;)
				counted++;
		}
		work((uint32_t)jumps, 300);
	}
	timer.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	work(1, 20000);
}

static const struct situation list[] = {
	{ "minimal_stacks", minimal_stacks },
	{ "minimal_stacks_for_all", minimal_stacks_for_all },
	{ "many", many },
	{ "freed_by_others", freed_by_others },
	{ "destructors", destructors },
	{ "cancel", cancel },
	{ "cancel_at_once", cancel_at_once },
	{ "cancel_in_print", cancel_in_print },
	{ "jump_out", jump_out },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
