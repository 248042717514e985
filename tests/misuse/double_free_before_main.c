/* SPDX-License-Identifier: MIT */
#include "misuse.h"

/* Before the constructors of any library were run, if the loader does that. */
static void
misuse_early(int argc, char **argv, char **environment)
{
	char *p = take(100);

	(void)argc, (void)argv, (void)environment;
	drop(p);
	drop(p);
}

typedef void function_before_main(int, char **, char **);

__attribute__((section(".preinit_array"),
               used)) static function_before_main *early = misuse_early;

int
main(void)
{
	return SKIPPED;
}
