/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* What is written ends this thread, were it by write(). */
static void *
drop_twice_cancelled(void *p)
{
	pthread_cancel(pthread_self());
	drop(p);
	drop(p);
	return NULL;
}

int
main(int argc, char **argv)
{
	in_thread(drop_twice_cancelled, take(ARG(1)));
	return 0;
}
