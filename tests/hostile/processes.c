/* SPDX-License-Identifier: MIT */
/*
 * processes.c - fork wherever it may happen, vfork, posix_spawn.
 */
#include "situation.h"

#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/time.h>
#include <sys/wait.h>

extern char **environ;

static void
wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		fail("a child died of signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		fail("a child ended with %d", WEXITSTATUS(status));
}

static pid_t
forked(void)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork: %s", strerror(errno));
	return child;
}

static void
work_in_child(uint32_t seed)
{
	pid_t child = forked();

	if (child == 0) {
		/* A child that waits for ever for a lock has failed. */
		alarm(20);
		work(seed, 2000);
		_exit(0);
	}
	wait_for(child);
}

/* --- Fork in a handler that interrupted the allocator -------------------- */

static volatile sig_atomic_t forks;

static void
fork_here(int number)
{
	int saved = errno;
	pid_t child;

	(void)number;
	/* There it may do no more: malloc is still in the middle. */
	child = forked();
	if (child == 0)
		_exit(0);
	wait_for(child);
	forks++;
	errno = saved;
}

static void
in_handler(char **args)
{
	struct sigaction action = { .sa_handler = fork_here };
	struct itimerval timer = { { 0, 2000 }, { 0, 2000 } };

	(void)args;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	for (uint32_t i = 0; forks < 500; i++)
		work(i, 500);
	timer.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* --- A handler that ends the process, whatever it interrupted ------------ */

static void
leave_here(int number)
{
	(void)number;
	_exit(0);
}

static void
abort_here(int number)
{
	(void)number;
	abort();
}

static void
end_in_handler(void (*handler)(int), bool by_abort)
{
	for (uint32_t i = 0; i < 200; i++) {
		struct itimerval timer = { { 0, 0 }, { 0, 500 + i * 7 } };
		pid_t pid = forked();
		int status;

		if (pid == 0) {
			struct sigaction action = { .sa_handler = handler };

			sigaction(SIGVTALRM, &action, NULL);
			/* Who hangs uses no time: that ends by this. */
			alarm(20);
			setitimer(ITIMER_VIRTUAL, &timer, NULL);
			for (;;)
				work(i, 500);
		}
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (by_abort ? !WIFSIGNALED(status) ||
		    WTERMSIG(status) != SIGABRT : status != 0)
			fail("a child ended with %#x", (unsigned)status);
	}
}

static void
ended_in_handler(char **args)
{
	(void)args;
	end_in_handler(leave_here, false);
	end_in_handler(abort_here, true);
}

/* --- Fork beside threads ------------------------------------------------ */

static bool ended;	/* atomic */

static void *
work_on(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;

	while (!__atomic_load_n(&ended, __ATOMIC_RELAXED))
		work(seed++, 500);
	return NULL;
}

static void *
fork_on(void *arg)
{
	for (uint32_t i = 0; i < 60; i++)
		work_in_child(i);
	return arg;
}

static void
beside(unsigned workers, unsigned forkers)
{
	pthread_t threads[16];
	unsigned n = 0;

	for (unsigned i = 0; i < workers; i++)
		pthread_create(&threads[n++], NULL, work_on,
		               (void *)(uintptr_t)i);
	for (unsigned i = 0; i < forkers; i++)
		pthread_create(&threads[n++], NULL, fork_on, NULL);
	fork_on(NULL);
	for (unsigned i = 0; i < forkers; i++)
		pthread_join(threads[workers + i], NULL);
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < workers; i++)
		pthread_join(threads[i], NULL);
}

static void
under_load(char **args)
{
	(void)args;
	beside(4, 0);
}

static void
at_once(char **args)
{
	(void)args;
	beside(2, 3);
}

/* --- Handlers of fork that allocate ------------------------------------- */

static void *in_prepare, *in_parent, *in_child;

static void
prepare(void)
{
	in_prepare = malloc(1000);
	free(malloc(100000));
}

static void
parent(void)
{
	free(in_prepare);
	in_parent = realloc(in_parent, 3000);
}

static void
child(void)
{
	free(in_prepare);
	in_child = malloc(3000);
}

/* The same, registered before the library can have been called. */
static void *early_in_prepare;

static void
early_prepare(void)
{
	early_in_prepare = malloc(70000);
	free(malloc(50 * MIB));
}

static void
early_after(void)
{
	free(early_in_prepare);
	free(malloc(2000));
}

static void
register_early(int argc, char **argv, char **environment)
{
	(void)environment;
	if (argc > 1 && strcmp(argv[1], "with_handlers") == 0)
		pthread_atfork(early_prepare, early_after, early_after);
}

__attribute__((section(".preinit_array"), used)) static void
(*const early_entry)(int, char **, char **) = register_early;

static void
with_handlers(char **args)
{
	(void)args;
	/* Before and after what the library registers at its first call. */
	pthread_atfork(prepare, parent, child);
	beside(2, 0);
	free(in_parent);
}

/* A child's child, and so on: each with the memory of all before. */
static void
generations(char **args)
{
	(void)args;
	for (uint32_t i = 0; i < 50; i++) {
		pid_t next;

		work(i, 500);
		next = forked();
		if (next != 0) {
			wait_for(next);
			_exit(0);
		}
	}
	_exit(0);
}

/* --- Other ways --------------------------------------------------------- */

static void
by_vfork(char **args)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };

	(void)args;
	for (volatile uint32_t i = 0; i < 50; i++) {
		pid_t pid = vfork();

		if (pid == 0) {
			execvp(name, argv);
			_exit(9);
		}
		work(i, 500);
		wait_for(pid);
	}
}

/* The child shares the memory, and the thread, of its parent, who waits. */
static void
vfork_allocates(char **args)
{
	(void)args;
	for (volatile uint32_t i = 0; i < 300; i++) {
		pid_t pid;

		work(i, 50);
		pid = vfork();
		if (pid == 0) {
			for (unsigned k = 0; k < 50; k++)
				free(malloc(100 + k * 999));
			_exit(0);
		}
		work(i, 50);
		wait_for(pid);
	}
}

static void
by_spawn(char **args)
{
	static char name[] = "true";
	char *argv[] = { name, NULL };
	pthread_t thread;

	(void)args;
	pthread_create(&thread, NULL, work_on, NULL);
	for (uint32_t i = 0; i < 50; i++) {
		posix_spawn_file_actions_t actions;
		pid_t pid;

		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
		                                 O_WRONLY, 0);
		if (posix_spawnp(&pid, name, &actions, NULL, argv,
		                 environ) != 0)
			fail("posix_spawnp failed");
		posix_spawn_file_actions_destroy(&actions);
		work(i, 500);
		wait_for(pid);
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static const struct situation list[] = {
	{ "in_handler", in_handler },
	{ "ended_in_handler", ended_in_handler },
	{ "under_load", under_load },
	{ "at_once", at_once },
	{ "with_handlers", with_handlers },
	{ "generations", generations },
	{ "vfork", by_vfork },
	{ "vfork_allocates", vfork_allocates },
	{ "spawn", by_spawn },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
