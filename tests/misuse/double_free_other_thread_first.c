/* SPDX-License-Identifier: MIT */
#include <pthread.h>

#include "misuse.h"

static void *
drop_it(void *p)
{
	drop(p);
	return NULL;
}

int
main(void)
{
	pthread_t thread;
	char *p = take(100);

	pthread_create(&thread, NULL, drop_it, p);
	pthread_join(thread, NULL);
	drop(p);
	return 0;
}
