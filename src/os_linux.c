/* SPDX-License-Identifier: MIT */
/*
 * os_linux.c - what memalloc asks of Linux besides memory.
 *
 * Nothing here may allocate, not even indirectly: no stdio, no getenv, no
 * dlsym, no sysconf that opens files.
 */
#include "base.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "bits.h"
#include "os.h"

#define GETRANDOM_NONBLOCK 1u

extern char **environ;

size_t
ma_os_page_size(void)
{
	static size_t page;
	size_t known = __atomic_load_n(&page, __ATOMIC_RELAXED);

	if (MA_UNLIKELY(known == 0)) {
		known = getauxval(AT_PAGESZ);
		if (known == 0)
			known = 4096;
		__atomic_store_n(&page, known, __ATOMIC_RELAXED);
	}
	return known;
}

bool
ma_os_write(int fd, const char *text, size_t nbytes)
{
	int saved = errno;

	while (nbytes > 0) {
		/* Not write(), at which a thread may be cancelled: locks
		   would stay taken, and misuse go on. */
		long n = syscall(SYS_write, fd, text, nbytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;	/* errno tells the caller why */
		text += n;
		nbytes -= (size_t)n;
	}
	errno = saved;
	return true;
}

uint64_t
ma_os_milliseconds(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now) != 0)
		return 0;
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/*
 * The kernel's random bytes also seed the stack protector: what is derived
 * from them must not give them away, so each word is folded from both.
 */
static void
random_from_exec(uint64_t words[MA_OS_RANDOM_WORDS])
{
	const unsigned char *bytes =
		(const unsigned char *)getauxval(AT_RANDOM);
	uint64_t a = (uintptr_t)words, b = ma_os_milliseconds();

	for (unsigned i = 0; bytes != NULL && i < 16; i++) {
		a = ma_bits_mix(a + bytes[i]);
		b = ma_bits_mix(b ^ (a << 1));
	}
	for (unsigned i = 0; i < MA_OS_RANDOM_WORDS; i++) {
		a = ma_bits_mix(a + i);
		words[i] = a ^ b;
		b = ma_bits_mix(a + b);
	}
}

void
ma_os_random(uint64_t words[MA_OS_RANDOM_WORDS])
{
	size_t nbytes = MA_OS_RANDOM_WORDS * sizeof(*words);
	int saved = errno;
	long got = syscall(SYS_getrandom, words, nbytes, GETRANDOM_NONBLOCK);

	if (got != (long)nbytes)
		random_from_exec(words);
	errno = saved;
}

bool
ma_os_is_secure(void)
{
	return getauxval(AT_SECURE) != 0;
}

/* The lower of LEAST and the limit of RESOURCE. */
static size_t
limited_by(int resource, size_t least)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == 0 &&
	    limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < least)
		return (size_t)limit.rlim_cur;
	return least;
}

size_t
ma_os_address_limit(void)
{
	int saved = errno;
	size_t least = limited_by(RLIMIT_DATA,
	                          limited_by(RLIMIT_AS, SIZE_MAX));

	errno = saved;
	return least;
}

/*
 * Where our constructors run before the C library's own, environ is not set
 * yet; glibc hands every constructor what it hands main.  101: before our
 * other constructors.
 */
static char **first_environment;

#ifdef __GLIBC__
__attribute__((constructor(101))) static void
remember_environment(int argc, char **argv, char **environment)
{
	(void)argc;
	(void)argv;
	first_environment = environment;
}
#endif

char **
ma_os_environment(void)
{
	return environ != NULL ? environ : first_environment;
}

const char *
ma_os_program(void)
{
	const char *path = (const char *)getauxval(AT_EXECFN);
	const char *name = path;

	if (path == NULL)
		return "?";
	for (; *path != '\0'; path++)
		if (*path == '/' && path[1] != '\0')
			name = path + 1;
	return name;
}

void
ma_os_wait(uint32_t *word, uint32_t value)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, value, NULL,
	        NULL, 0);
	errno = saved;
}

void
ma_os_wake(uint32_t *word)
{
	int saved = errno;

	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL,
	        NULL, 0);
	errno = saved;
}

void
ma_os_yield(void)
{
	sched_yield();
}

_Noreturn void
ma_os_abort(void)
{
	abort();
}
