/* SPDX-License-Identifier: MIT */
/*
 * plugin.c - a shared object that loading.c opens: it allocates while it is
 * loaded, when it is called and when it goes.
 */
#include <stdlib.h>
#include <string.h>

void *
plugin_make(size_t n);
void
plugin_end(void *p);

static void *at_load;
static __thread void *of_thread;

__attribute__((constructor)) static void
load(void)
{
	at_load = malloc(70000);
	memset(at_load, 1, 70000);
	of_thread = malloc(100);
}

__attribute__((destructor)) static void
unload(void)
{
	free(malloc(300));
	free(at_load);
	free(of_thread);
}

void *
plugin_make(size_t n)
{
	return malloc(n);
}

void
plugin_end(void *p)
{
	free(p);
}
