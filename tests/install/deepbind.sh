#!/bin/sh
# SPDX-License-Identifier: MIT
# deepbind.sh - an object that is opened with RTLD_DEEPBIND shares the heap of
# the program; by deepbind:keep it does not.  dlopen still searches in the
# RUNPATH of the object that calls it.
. "$(dirname "$0")/lib.sh"

[ -n "${MEMALLOC_SO:-}" ] && [ -f "$MEMALLOC_SO" ] || skip "no library to preload"
nm -D "$MEMALLOC_SO" | grep -q ' T dlopen$' || skip "built without dlopen"

mkdir "$tmp/plugins" "$tmp/other"
cat >"$tmp/plugin.c" <<'END'
#include <stdlib.h>

/* What free is to this object. */
void *
plugin_free(void)
{
	return (void *)free;
}

/* Free the block of somebody else, return one of its own. */
void *
plugin_exchange(void *block)
{
	free(block);
	return calloc(7, 100);
}
END
cat >"$tmp/opener.c" <<'END'
#include <dlfcn.h>

/* Calls dlopen from an object with a RUNPATH of its own. */
void *
open_plugin(const char *name, int mode)
{
	void *handle = dlopen(name, mode);

	return handle;
}
END
cat >"$tmp/program.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *open_plugin(const char *name, int mode);

static int
play(void *handle)
{
	void *(*get)(void), *(*exchange)(void *);

	if (handle == NULL) {
		printf("not found: %s\n", dlerror());
		return 1;
	}
	*(void **)&get = dlsym(handle, "plugin_free");
	*(void **)&exchange = dlsym(handle, "plugin_exchange");
	if (get == NULL || exchange == NULL) {
		return 1;
	}
	if (get() == dlsym(RTLD_DEFAULT, "free")) {
		free(exchange(malloc(100)));
		puts("shared");
	} else {
		puts("apart");
	}
	return dlclose(handle);
}

int
main(int argc, char **argv)
{
	int mode = RTLD_NOW | RTLD_LOCAL;

	(void)argc;
	/* No such thing, and no crash. */
	if (dlopen("libno-such-thing.so", mode | RTLD_DEEPBIND) != NULL) {
		return 1;
	}
	if (dlopen(NULL, RTLD_NOW) == NULL) {
		return 1;
	}
	if (strcmp(argv[1], "main") == 0) {
		return play(dlopen("libplugin.so", mode | RTLD_DEEPBIND));
	}
	return play(open_plugin("libother.so", mode | RTLD_DEEPBIND));
}
END
# CC may hold flags of its own.
# shellcheck disable=SC2086
{
	$CC -fPIC -shared -o "$tmp/plugins/libplugin.so" "$tmp/plugin.c" &&
	cp "$tmp/plugins/libplugin.so" "$tmp/other/libother.so" &&
	$CC -fPIC -shared -Wl,--enable-new-dtags,-rpath,"$tmp/other" \
		-o "$tmp/libopener.so" "$tmp/opener.c" &&
	$CC -Wl,--enable-new-dtags,-rpath,"$tmp/plugins:$tmp" \
		-o "$tmp/program" "$tmp/program.c" -L"$tmp" -lopener -ldl
} >"$tmp/log" 2>&1 || { cat "$tmp/log"; skip "cannot build plugins"; }

"$tmp/program" main >/dev/null || skip "plugins do not run here"

# try WHO OPTION WANTED
try()
{
	got=$(MEMALLOC_CONF=$2 LD_PRELOAD=$MEMALLOC_SO "$tmp/program" "$1" 2>&1)
	status=$?
	[ "$status" -eq 0 ] && [ "$got" = "$3" ] ||
		fail "opened by $1, $2: status $status, $got"
}

try main deepbind:clear shared
try other deepbind:clear shared
try main '' shared
try main deepbind:keep apart
try other deepbind:keep apart
