/* SPDX-License-Identifier: MIT */
/*
 * breaks.c - the program has its own use for the program break, or something
 * lies behind it.
 */
#include "situation.h"

#include <pthread.h>
#include <sys/mman.h>

#define PAGE ((uintptr_t)4096)

static void
touch(char *p, size_t n, char byte)
{
	memset(p, byte, n);
}

static void
expect_touched(const char *p, size_t n, char byte)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != byte)
			fail("memory of the program's own sbrk was changed");
}

static char *
own_sbrk(intptr_t n)
{
	char *p = sbrk(n);

	if (p == (char *)-1)
		skip("sbrk gives nothing here");
	return p;
}

static void
blocked(char **args)
{
	uintptr_t end = ((uintptr_t)own_sbrk(0) + PAGE - 1) / PAGE * PAGE;
	void **list = NULL, **p;

	(void)args;
	if (mmap((void *)end, PAGE, PROT_NONE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    (void *)end)
		skip("nothing can be mapped behind the break");
	for (size_t n = 0; n < 100 * MIB; n += 1000) {
		p = malloc(1000);
		if (p == NULL)
			fail("refused after %zu bytes", n);
		*p = list;
		list = p;
	}
	work(1, 50000);
	while ((p = list) != NULL) {
		list = *p;
		free(p);
	}
	work(2, 50000);
}

static void
grown(char **args)
{
	char *own[200];

	(void)args;
	for (uint32_t i = 0; i < 200; i++) {
		own[i] = own_sbrk(1 + (intptr_t)i * 37);
		touch(own[i], 1 + (size_t)i * 37, (char)i);
		work(i, 500);
	}
	for (uint32_t i = 0; i < 200; i++)
		expect_touched(own[i], 1 + (size_t)i * 37, (char)i);
}

/* What the program takes it gives back, as far as the break is its own. */
static void
lowered(char **args)
{
	(void)args;
	for (uint32_t i = 0; i < 200; i++) {
		intptr_t n = 100 + (intptr_t)i * 1001;
		char *own = own_sbrk(n);

		touch(own, (size_t)n, (char)i);
		if (i % 2 == 0)
			work(i, 500);
		expect_touched(own, (size_t)n, (char)i);
		if (sbrk(0) == own + n)
			own_sbrk(-n);
		work(i, 500);
	}
}

#define MOVERS 1
#define MOVES 1500

/* What this thread takes by sbrk is nobody else's. */
static void *
move_up(void *seed)
{
	static char *own[MOVERS][MOVES];
	char **mine = own[(uintptr_t)seed];

	for (size_t i = 0; i < MOVES; i++) {
		size_t n = 100 + i * 37 % 5000;

		mine[i] = own_sbrk((intptr_t)n);
		touch(mine[i], n, (char)i);
		if (i % 50 == 0)
			usleep(100);
	}
	for (size_t i = 0; i < MOVES; i++)
		expect_touched(mine[i], 100 + i * 37 % 5000, (char)i);
	return NULL;
}

static void *
work_meanwhile(void *seed)
{
	void *kept[200];

	for (size_t i = 0; i < 200; i++) {
		work((uint32_t)(uintptr_t)seed, 200);
		kept[i] = malloc(20000);
		if (kept[i] == NULL)
			fail("20000 bytes were refused");
		memset(kept[i], 1, 20000);
	}
	for (size_t i = 0; i < 200; i++)
		free(kept[i]);
	return NULL;
}

/* Threads move the break while others allocate. */
static void
raced(char **args)
{
	pthread_t thread[MOVERS + 3];

	(void)args;
	for (uintptr_t i = 0; i < MOVERS + 3; i++)
		if (pthread_create(&thread[i], NULL,
		                   i < MOVERS ? move_up : work_meanwhile,
		                   (void *)i) != 0)
			skip("no threads here");
	for (size_t i = 0; i < MOVERS + 3; i++)
		pthread_join(thread[i], NULL);
	work(1, 20000);
}

static const struct situation list[] = {
	{ "blocked", blocked },
	{ "grown", grown },
	{ "lowered", lowered },
	{ "raced", raced },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
