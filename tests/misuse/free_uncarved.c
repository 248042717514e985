/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(void)
{
	/* Far behind the only block of its class, in the same span. */
	char *p = take(200);

	drop(p + 200 * malloc_usable_size(p));
	return 0;
}
