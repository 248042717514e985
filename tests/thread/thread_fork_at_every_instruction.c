/* SPDX-License-Identifier: MIT */
/*
 * thread_fork_at_every_instruction.c - a handler that forks interrupts a
 * thread's first calls, its slow paths and its end at every few instructions
 * of the library, one after the other (all of them with SCALE=29).
 *
 * The processor traps after each instruction.  No fork may hang; the child
 * goes on with the interrupted call, then starts threads of its own, whose
 * heaps must be nobody else's.
 */
#include "program.h"

#if defined(__x86_64__) && defined(__linux__)

#include <link.h>
#include <signal.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "under_test.h"

#define TRAP_FLAG 0x100
#define STRIDE 29
#define SECONDS 20

static uintptr_t text_start, text_end;	/* of the library */
static volatile bool is_child;
static size_t stride, steps;
static pthread_key_t key;

/* Set or clear the flag; the red zone may be in use. */
__attribute__((noinline)) static void
trace(bool on)
{
	uintptr_t flags;

	__asm__ volatile("sub $128, %%rsp\n\tpushfq\n\tpop %0\n\t"
	                 "add $128, %%rsp" : "=r"(flags) : : "memory");
	flags = on ? flags | TRAP_FLAG : flags & ~(uintptr_t)TRAP_FLAG;
	__asm__ volatile("sub $128, %%rsp\n\tpush %0\n\tpopfq\n\t"
	                 "add $128, %%rsp" : : "r"(flags) : "memory", "cc");
}

static void
fork_at_step(int signal, siginfo_t *info, void *context)
{
	ucontext_t *c = context;
	uintptr_t at = (uintptr_t)c->uc_mcontext.gregs[REG_RIP];
	pid_t child = -1;
	int status;

	(void)signal, (void)info;
	if (at < text_start || at >= text_end || ++steps % stride != 0) {
		return;
	}
	alarm(2 * SECONDS);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		is_child = true;
		alarm(SECONDS);
		c->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
		return;
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(status == 0, "step %zu, offset %#zx: status %#x", steps,
	      (size_t)(at - text_start), status);
}

static void *
churn(void *argument)
{
	void *row[100];

	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		row[i] = t_malloc(16 + i * 37 % 3000);
		pattern_fill(row[i], 16, i);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		CHECK(pattern_holds(row[i], 16, i));
		t_free(row[i]);
	}
	return argument;
}

/* A child ends here: its heap is whole, and new threads get their own. */
static void
end_child(void)
{
	pthread_t threads[3];

	if (!is_child) {
		return;
	}
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
		threads[i] = thread_start(churn, NULL);
	}
	churn(NULL);
	for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
		thread_join(threads[i]);
	}
	t_trim(0);
	CHECK(t_check() == 0);
	_exit(0);
}

static void *
first_calls(void *argument)
{
	void *small, *large;

	trace(true);
	small = t_malloc(24);
	large = t_malloc(40000);
	t_free(small);
	t_free(large);
	trace(false);
	end_child();
	return argument;
}

/* Ours runs after the library's in each round, in which the last is its end:
   from the third of ours to the fourth. */
static void
at_end(void *round)
{
	if (round == (void *)4) {
		trace(false);
		end_child();
		return;
	}
	CHECK(pthread_setspecific(key, (char *)round + 1) == 0);
	if (round == (void *)3) {
		trace(true);
	}
}

static void *
end_after_calls(void *argument)
{
	churn(NULL);
	CHECK(pthread_setspecific(key, (void *)1) == 0);
	return argument;
}

static void
slow_paths(void)
{
	static void *row[40];

	trace(true);
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		row[i] = t_malloc(3000);
	}
	row[0] = t_realloc(row[0], 200000);
	row[0] = t_realloc(row[0], 900000);
	for (size_t i = 0; i < ARRAY_LENGTH(row); i++) {
		t_free(row[i]);
	}
	t_trim(0);
	trace(false);
	end_child();
}

static int
find_text(struct dl_phdr_info *object, size_t size, void *base)
{
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t start = object->dlpi_addr + part->p_vaddr;

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) {
			continue;
		}
		if ((uintptr_t)base < start ||
		    (uintptr_t)base >= start + part->p_memsz) {
			continue;
		}
		text_start = start;
		text_end = start + part->p_memsz;
	}
	return 0;
}

static void
run_threads(void *(*run)(void *), int times)
{
	while (times-- > 0) {
		thread_join(thread_start(run, NULL));
	}
}

int
main(void)
{
	struct sigaction action = { .sa_sigaction = fork_at_step,
		                    .sa_flags = SA_SIGINFO };
	size_t scale = number_from("SCALE", 1);

	if (SANITIZED) {
		printf("skipped: sanitizers do not stand it\n");
		return EXIT_SKIPPED;
	}
	dl_iterate_phdr(find_text, (void *)memalloc_check);
	CHECK(text_end != 0);
	stride = scale < STRIDE ? STRIDE / scale : 1;
	/* The library's key comes first. */
	t_free(t_malloc(1));
	CHECK(pthread_key_create(&key, at_end) == 0);
	CHECK(sigaction(SIGTRAP, &action, NULL) == 0);
	run_threads(churn, 1);
	run_threads(first_calls, 2);
	run_threads(end_after_calls, 1);
	stride *= 20;
	slow_paths();
	CHECK(steps > 1000, "only %zu steps", steps);
	CHECK(t_check() == 0);
	return 0;
}

#else

int
main(void)
{
	printf("skipped: x86-64 only\n");
	return EXIT_SKIPPED;
}

#endif
