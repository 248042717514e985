/* SPDX-License-Identifier: MIT */
/*
 * secure.c - starts the set-user-ID program that SECURED names, as another
 * user, with every option and every other variable of malloc in its
 * environment.
 */
#include "base.h"

#include "option.h"

#include "situation.h"

#include <grp.h>

enum kind { BOOL, WORD, NUMBER, SIZE };

/* Each option, with a value that it does not have otherwise. */
static const char *
all_options(void)
{
	static char text[1000] = "zero_realloc:alloc,os:map,deepbind:keep,"
				 "misuse:ignore";
	size_t n = strlen(text);

#define MA_OPTION(name, kind, initial, least, most, help)                    \
	if (kind != WORD)                                                    \
		n += (size_t)snprintf(text + n, sizeof(text) - n, ",%s:%zu", \
		                      #name,                                 \
		                      (size_t)(initial) == (size_t)(least) ? \
		                      (size_t)(most) : (size_t)(least));
#include "option_list.h"
#undef MA_OPTION
	return text;
}

static void
start(char **args, const char *options)
{
	char *path = getenv("SECURED");

	(void)args;
	if (path == NULL)
		skip("no set-user-ID program was made");
	setenv("MEMALLOC_CONF", options, 1);
	setenv("MALLOC_CONF", "junk:true,stats_print:true", 1);
	setenv("MALLOC_PERTURB_", "90", 1);
	setenv("MALLOC_TOP_PAD_", "90", 1);
	setenv("MALLOC_MMAP_MAX_", "9", 1);
	setenv("MALLOC_MMAP_THRESHOLD_", "900000", 1);
	setenv("MALLOC_TRIM_THRESHOLD_", "900000", 1);
	setenv("GLIBC_TUNABLES", "glibc.malloc.perturb=90", 1);
	if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
	    setresuid(65534, 65534, 65534) != 0)
		skip("no right to become another user");
	execl(path, path, (char *)NULL);
	skip("%s cannot be started: %s", path, strerror(errno));
}

static void
with_all_options(char **args)
{
	start(args, all_options());
}

static void
with_wrong_options(char **args)
{
	start(args, "perturb:90,bogus:1,report:1");
}

static const struct situation list[] = {
	{ "all_options", with_all_options },
	{ "wrong_options", with_wrong_options },
	{ NULL, NULL }
};

int
main(int argc, char **argv)
{
	(void)argc;
	return situation_run(list, argv);
}
