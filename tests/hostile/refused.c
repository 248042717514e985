/* SPDX-License-Identifier: MIT */
/*
 * refused.c - system calls are refused by a filter, from some time on or
 * before the program starts.
 */
#include "others.h"
#include "situation.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* --- The filter --------------------------------------------------------- */

static const struct call {
	const char *name;
	int number;
} calls[] = {
	{ "brk", SYS_brk },
	{ "mmap", SYS_mmap },
	{ "munmap", SYS_munmap },
	{ "mremap", SYS_mremap },
	{ "madvise", SYS_madvise },
	{ "mprotect", SYS_mprotect },
	{ "mincore", SYS_mincore },
	{ "getrandom", SYS_getrandom },
	{ "openat", SYS_openat },
	{ "prctl", SYS_prctl },
	{ "futex", SYS_futex },
	{ NULL, 0 }
};

static const struct error {
	const char *name;
	int number;
} errors[] = {
	{ "EPERM", EPERM },
	{ "ENOMEM", ENOMEM },
	{ "EINVAL", EINVAL },
	{ "ENOSYS", ENOSYS },
	{ NULL, 0 }
};

#define RULES 32

static void
install(struct sock_filter *rules, unsigned short n)
{
	struct sock_fprog program = { .len = n, .filter = rules };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		skip("no filters of system calls here: %s", strerror(errno));
}

static int
error_number(const char *name)
{
	for (const struct error *e = errors; e->name != NULL; e++)
		if (strcmp(e->name, name) == 0)
			return e->number;
	_exit(99);
}

/* Refuse what NAMES, separated by commas, are with the error of that name. */
static void
refuse(const char *names, const char *error)
{
	struct sock_filter rules[RULES] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, nr))
	};
	unsigned short n = 1;
	char list[128];

	snprintf(list, sizeof(list), ",%s,", names);
	for (const struct call *call = calls; call->name != NULL; call++) {
		char name[32];

		snprintf(name, sizeof(name), ",%s,", call->name);
		if (strstr(list, name) == NULL)
			continue;
		rules[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call->number, 0,
			1);
		rules[n++] = (struct sock_filter)BPF_STMT(
			BPF_RET | BPF_K, SECCOMP_RET_ERRNO |
			(unsigned)error_number(error));
	}
	if (n == 1)
		_exit(99);
	rules[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
	                                          SECCOMP_RET_ALLOW);
	install(rules, n);
}

/* Nothing but writing a line and the end is left. */
static void
refuse_all_but_the_end(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};

	install(rules, sizeof(rules) / sizeof(*rules));
}

/* A kernel before Linux 6.13, which has no guard marks, runs ARGS. */
static void
without_marks(char **args)
{
	size_t advice = offsetof(struct seccomp_data, args[2]) +
		(__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0);
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		         offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)advice),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 102, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 103, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	};

	install(rules, sizeof(rules) / sizeof(*rules));
	execvp(args[0], args);
	fail("%s: %s", args[0], strerror(errno));
}

/* --- What is done under it ---------------------------------------------- */

static void
check_bytes(const unsigned char *p, size_t n, unsigned char byte)
{
	for (size_t i = 0; i < n; i += 1021)
		if (p[i] != byte)
			fail("a block lost its contents");
}

/* Large blocks grow, shrink and go. */
static void
work_large(void)
{
	for (unsigned i = 0; i < 20; i++) {
		size_t n = (i % 10 + 1) * MIB;
		unsigned char *p = malloc(n), *q;

		refused_rightly(p, n);
		if (p == NULL)
			continue;
		memset(p, (int)i, n);
		q = realloc(p, 2 * n);
		refused_rightly(q, 2 * n);
		if (q != NULL)
			p = q;
		check_bytes(p, n, (unsigned char)i);
		q = realloc(p, n / 3);
		refused_rightly(q, n / 3);
		if (q != NULL)
			p = q;
		check_bytes(p, n / 3, (unsigned char)i);
		errno = 4711;
		free(p);
		if (errno != 4711)
			fail("free changed errno");
		q = calloc(1, n);
		refused_rightly(q, n);
		if (q != NULL)
			check_bytes(q, n, 0);
		free(q);
	}
}

static void
work_on_everything(void)
{
	work(7, 50000);
	work_large();
	malloc_trim(0);
	work(8, 50000);
}

/* Memory that was freed serves again, however little the system does. */
static void
grow_no_further(void)
{
	size_t before, after;

	for (unsigned i = 0; i < 2; i++)
		work_large();
	before = status_kib("VmSize:");
	for (unsigned i = 0; i < 6; i++)
		work_large();
	after = status_kib("VmSize:");
	if (after > before + before / 4 + 65536)
		fail("addresses grow with each refusal: from %zu KiB to %zu",
		     before, after);
}

/* CALLS ERROR [refusals]: from now on. */
static void
after_start(char **args)
{
	work(1, 20000);
	refuse(args[0], args[1]);
	may_refuse = args[2] != NULL;
	work_on_everything();
	if (!may_refuse)
		grow_no_further();
}

/* CALLS ERROR: from before the first call on. */
static void
before_start(char **args)
{
	static char program[] = "/proc/self/exe", run[] = "run";
	char *argv[] = { program, run, NULL };

	refuse(args[0], args[1]);
	execv(program, argv);
	fail("exec: %s", strerror(errno));
}

static void
run(char **args)
{
	(void)args;
	work_on_everything();
}

/* What was done before can be done again without the system. */
static void
without_system(char **args)
{
	uint32_t seed = 5;

	(void)args;
	/* For large ones, whose pages come and go, the system is asked. */
	most_bits = 14;
	for (unsigned i = 0; i < 30; i++)
		work(seed, 20000);
	refuse_all_but_the_end();
	work(seed, 20000);
	/* The C library's own end may do more. */
	_exit(0);
}

static const struct situation list[] = {
	{ "after", after_start },
	{ "before", before_start },
	{ "run", run },
	{ "all", without_system },
	{ "marks", without_marks },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
