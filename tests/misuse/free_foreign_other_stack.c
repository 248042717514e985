/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static char *shown;

static void *
show(void *arg)
{
	char block[64];

	(void)arg;
	__atomic_store_n(&shown, opaque(block), __ATOMIC_RELEASE);
	for (;;) {
		pause();
	}
	return NULL;
}

int
main(void)
{
	/* A variable of a thread that lives. */
	pthread_t thread;

	if (pthread_create(&thread, NULL, show, NULL) != 0) {
		return BROKEN;
	}
	while (__atomic_load_n(&shown, __ATOMIC_ACQUIRE) == NULL) {
		sched_yield();
	}
	drop(shown);
	return 0;
}
