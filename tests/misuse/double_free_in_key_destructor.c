/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* What a thread has freed its key's destructor frees again. */
static pthread_key_t key;

static void *
drop_and_keep(void *size)
{
	void *p = take(*(size_t *)size);

	if (pthread_setspecific(key, p) != 0) {
		exit(BROKEN);
	}
	drop(p);
	return NULL;
}

int
main(int argc, char **argv)
{
	size_t size = ARG(1);

	if (pthread_key_create(&key, drop) != 0) {
		return BROKEN;
	}
	in_thread(drop_and_keep, &size);
	return 0;
}
