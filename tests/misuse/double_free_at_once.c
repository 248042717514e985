/* SPDX-License-Identifier: MIT */
#include "misuse.h"

static pthread_barrier_t together;
static void *block;

static void *
drop_together(void *arg)
{
	pthread_barrier_wait(&together);
	drop(block);
	return arg;
}

int
main(int argc, char **argv)
{
	pthread_t thread;
	size_t size = ARG(1);

	/*
	 * Neither may see that the other has begun.  Then it is found when the
	 * block is handed out, or in another round.
	 */
	pthread_barrier_init(&together, NULL, 2);
	for (int i = 0; i < 1000; i++) {
		block = take(size);
		if (pthread_create(&thread, NULL, drop_together, NULL) != 0) {
			return BROKEN;
		}
		drop_together(NULL);
		pthread_join(thread, NULL);
		(void)!take(size);
		(void)!take(size);
	}
	return 0;
}
