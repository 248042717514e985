/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "misuse.h"

static void *
take_it(void *arg)
{
	(void)arg;
	return take(100);
}

int
main(void)
{
	pthread_t thread;
	void *p;

	pthread_create(&thread, NULL, take_it, NULL);
	pthread_join(thread, &p);
	drop(p);
	drop(p);
	return 0;
}
