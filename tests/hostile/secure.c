/* SPDX-License-Identifier: MIT */
/*
 * secure.c - starts the set-user-ID program that SECURED names, as another
 * user, with every option and every other variable of malloc in its
 * environment.
 */
#include "base.h"

#include "all_options.h"
#include "situation.h"

#include <grp.h>

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
