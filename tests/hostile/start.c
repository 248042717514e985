/* SPDX-License-Identifier: MIT */
/*
 * start.c - a program that works, for situations that are made before it
 * starts: limits, layouts, closed descriptors, no environment.
 */
#include "situation.h"

#include <pthread.h>

static void *
work_in_thread(void *arg)
{
	work((uint32_t)(uintptr_t)arg, 20000);
	return NULL;
}

static void
with_one_thread(char **args)
{
	(void)args;
	work(1, 100000);
}

static void
with_threads(char **args)
{
	pthread_attr_t attr;
	pthread_t threads[4];

	(void)args;
	/* Under "ulimit -s unlimited" 2 MiB anyway; under less, as much. */
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 << 10);
	for (uintptr_t i = 0; i < 4; i++)
		if (pthread_create(&threads[i], &attr, work_in_thread,
		                   (void *)(i + 2)) != 0)
			fail("no thread could be made");
	work(1, 20000);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
}

/* The limit that started us is ours to meet: until nothing is left. */
static void
until_refused(char **args)
{
	size_t size = strtoul(args[0], NULL, 0), least = strtoul(args[1],
	                                                         NULL, 0);
	size_t sum = 0;
	size_t most = sizeof(size_t) > 4 ? SIZE_MAX >> 16 >> 16 : SIZE_MAX;
	void **held = NULL, **p;

	while ((p = malloc(size)) != NULL) {
		memset(p, 1, size);
		*p = held;
		held = p;
		sum += size;
		if (sum >= most)
			fail("no limit was met");
	}
	if (errno != ENOMEM)
		fail("refused without ENOMEM");
	if (sum < least)
		fail("refused after %zu bytes", sum);
	while ((p = held) != NULL) {
		held = *p;
		free(p);
	}
	work(3, 20000);
}

static const struct situation list[] = {
	{ "work", with_one_thread },
	{ "threads", with_threads },
	{ "until_refused", until_refused },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
