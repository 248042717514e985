/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static pthread_barrier_t freed;

static void *
drop_and_live(void *p)
{
	drop(p);
	pthread_barrier_wait(&freed);
	for (;;) {
		pause();
	}
	return NULL;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	void *p = take(ARG(1));

	/* What it frees may still wait with it for the way home. */
	pthread_barrier_init(&freed, NULL, 2);
	if (pthread_create(&thread, NULL, drop_and_live, p) != 0) {
		return BROKEN;
	}
	pthread_barrier_wait(&freed);
	drop(p);
	return 0;
}
