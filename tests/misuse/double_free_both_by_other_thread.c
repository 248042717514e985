/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "misuse.h"

static void *
drop_twice(void *p)
{
	drop(p);
	drop(p);
	return NULL;
}

int
main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, drop_twice, take(100));
	pthread_join(thread, NULL);
	return 0;
}
