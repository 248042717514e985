/* SPDX-License-Identifier: MIT */
/*
 * loading.c - before main and after it, plugins, the library itself opened
 * late.
 */
#include "others.h"
#include "situation.h"

#include <dlfcn.h>
#include <pthread.h>

/* --- Before main -------------------------------------------------------- */

static char *in_preinit, *in_constructor;

static void
preinit(int argc, char **argv, char **environment)
{
	(void)argc;
	(void)argv;
	(void)environment;
	in_preinit = malloc(100);
	strcpy(in_preinit, "preinit");
	free(malloc(3 * MIB));
}

__attribute__((section(".preinit_array"), used)) static void
(*const preinit_entry)(int, char **, char **) = preinit;

__attribute__((constructor(101))) static void
construct(void)
{
	in_constructor = malloc(50000);
	strcpy(in_constructor, "constructor");
	in_preinit = realloc(in_preinit, 10000);
}

static void
before_main(char **args)
{
	(void)args;
	if (strcmp(in_preinit, "preinit") != 0 ||
	    strcmp(in_constructor, "constructor") != 0)
		fail("blocks made before main lost what was in them");
	work(1, 20000);
}

/* --- After main --------------------------------------------------------- */

static bool is_ending;

static void
at_end(void)
{
	work(2, 20000);
	is_ending = true;
}

__attribute__((destructor(101))) static void
destruct(void)
{
	free(in_preinit);
	free(in_constructor);
	if (is_ending)
		work(3, 20000);
}

static void
after_main(char **args)
{
	(void)args;
	work(1, 20000);
	atexit(at_end);
}

/* --- Plugins ------------------------------------------------------------ */

static const char *
directory(void)
{
	const char *path = getenv("PLUGINS");

	if (path == NULL)
		skip("no plugins are built");
	return path;
}

static void *
open_plugin(const char *name, int flags)
{
	char path[4096];
	void *plugin;

	snprintf(path, sizeof(path), "%s/%s.so", directory(), name);
	if (access(path, R_OK) != 0)
		skip("%s is not built", path);
	plugin = dlopen(path, flags);
	if (plugin == NULL)
		fail("dlopen: %s", dlerror());
	return plugin;
}

static void *
function_of(void *plugin, const char *name)
{
	void *p = dlsym(plugin, name);

	if (p == NULL)
		fail("dlsym: %s", dlerror());
	return p;
}

/* Blocks go there and back, and outlive the plugin. */
static void
call_plugin(void *plugin)
{
	void *(*make)(size_t);
	void (*end)(void *);
	void *p;

	*(void **)&make = function_of(plugin, "plugin_make");
	*(void **)&end = function_of(plugin, "plugin_end");
	end(malloc(100));
	end(strdup("by the C library"));
	p = make(200);
	if (p == NULL)
		fail("refused in a plugin");
	memset(p, 1, 200);
	p = realloc(p, 20000);
	dlclose(plugin);
	free(p);
}

static void
plugins(char **args)
{
	size_t before = 0, after;

	(void)args;
	for (uint32_t i = 0; i < 400; i++) {
		call_plugin(open_plugin("plugin", i % 2 == 0 ? RTLD_NOW :
		                        RTLD_LAZY | RTLD_GLOBAL));
		work(i, 100);
		if (i == 40)
			before = status_kib("VmRSS:");
	}
	after = status_kib("VmRSS:");
	if (after > before + 4096)
		fail("%zu KiB resident after 400 times, %zu after 40", after,
		     before);
}

static void
deepbind(char **args)
{
	(void)args;
	for (uint32_t i = 0; i < 20; i++) {
		call_plugin(open_plugin("plugin", RTLD_NOW | RTLD_DEEPBIND));
		work(i, 100);
	}
}

/* A C++ plugin in a program that has no C++: it catches what it throws. */
static void
throws(char **args)
{
	void *plugin = open_plugin("plugin_cxx", RTLD_NOW | RTLD_LOCAL);
	int (*catches)(size_t);

	(void)args;
	*(void **)&catches = function_of(plugin, "plugin_catches");
	if (catches(100) != 0)
		fail("100 bytes were refused in a plugin");
	if (catches(PTRDIFF_MAX - 4096) != 1)
		fail("the plugin got no std::bad_alloc");
	dlclose(plugin);
	work(1, 20000);
}

/* The library that LIBRARY names, opened by a program without it. */
static void
late(char **args)
{
	const char *path = getenv("LIBRARY");
	void *(*its_malloc)(size_t), *(*its_realloc)(void *, size_t);
	void (*its_free)(void *);
	void *library;

	(void)args;
	if (path == NULL || path[0] == '\0')
		skip("the C library's own is there from the start");
	work(1, 20000);
	library = dlopen(path, RTLD_NOW);
	if (library == NULL)
		fail("dlopen: %s", dlerror());
	*(void **)&its_malloc = function_of(library, "malloc");
	*(void **)&its_realloc = function_of(library, "realloc");
	*(void **)&its_free = function_of(library, "free");
	for (size_t n = 1; n < 4 * MIB; n *= 2) {
		char *p = its_malloc(n);

		memset(p, 1, n);
		p = its_realloc(p, 3 * n);
		if (p == NULL || p[n - 1] != 1)
			fail("realloc lost something");
		its_free(p);
	}
	work(2, 20000);
}

static void *(*late_malloc)(size_t);
static void (*late_free)(void *);
static bool late_is_there;	/* atomic */

static void *
work_late(void *arg)
{
	void *blocks[50];

	while (!__atomic_load_n(&late_is_there, __ATOMIC_ACQUIRE))
		usleep(1000);
	for (size_t i = 0; i < 50; i++) {
		blocks[i] = late_malloc(1 + i * 700);
		if (blocks[i] == NULL)
			fail("refused in a thread");
		memset(blocks[i], 1, 1 + i * 700);
	}
	for (size_t i = 0; i < 50; i++)
		late_free(blocks[i]);
	return arg;
}

/* Threads from before use it, and it is closed while others still may. */
static void
late_in_threads(char **args)
{
	const char *path = getenv("LIBRARY");
	size_t before = 0, after;
	pthread_t early, thread;
	void *library;

	(void)args;
	if (path == NULL || path[0] == '\0')
		skip("the C library's own is there from the start");
	pthread_create(&early, NULL, work_late, NULL);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
	if (library == NULL)
		fail("dlopen: %s", dlerror());
	*(void **)&late_malloc = function_of(library, "malloc");
	*(void **)&late_free = function_of(library, "free");
	__atomic_store_n(&late_is_there, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < 3000; i++) {
		pthread_create(&thread, NULL, work_late, NULL);
		pthread_join(thread, NULL);
		if (i == 300) {
			dlclose(library);
			before = status_kib("VmRSS:");
		}
	}
	pthread_join(early, NULL);
	after = status_kib("VmRSS:");
	if (after > before + 4096)
		fail("%zu KiB resident after 3000 threads, %zu after 300",
		     after, before);
	work(1, 20000);
}

/* All keys of threads are taken, so nothing tells that one has ended. */
static void
late_keyless(char **args)
{
	const char *path = getenv("LIBRARY");
	size_t before = 0, after;
	pthread_key_t key;
	pthread_t thread;
	void *library;

	(void)args;
	if (path == NULL || path[0] == '\0')
		skip("the C library's own is there from the start");
	while (pthread_key_create(&key, NULL) == 0)
		;
	library = dlopen(path, RTLD_NOW);
	if (library == NULL)
		fail("dlopen: %s", dlerror());
	*(void **)&late_malloc = function_of(library, "malloc");
	*(void **)&late_free = function_of(library, "free");
	__atomic_store_n(&late_is_there, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < 2000; i++) {
		pthread_create(&thread, NULL, work_late, NULL);
		pthread_join(thread, NULL);
		if (i == 300)
			before = status_kib("VmRSS:");
	}
	after = status_kib("VmRSS:");
	if (after > before + 16384)
		fail("%zu KiB resident after 2000 threads, %zu after 300",
		     after, before);
}

static const struct situation list[] = {
	{ "before_main", before_main },
	{ "after_main", after_main },
	{ "plugins", plugins },
	{ "deepbind", deepbind },
	{ "throws", throws },
	{ "late", late },
	{ "late_in_threads", late_in_threads },
	{ "late_keyless", late_keyless },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
