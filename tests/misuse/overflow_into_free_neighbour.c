/* SPDX-License-Identifier: MIT */
#include "misuse.h"

int
main(int argc, char **argv)
{
	/* Blocks of one class lie side by side: some of these are free. */
	static char *block[1000];
	size_t size = ARG(1), usable = 0;

	for (int i = 0; i < 1000; i++) {
		block[i] = take(size);
		usable = malloc_usable_size(block[i]);
	}
	for (int i = 0; i < 1000; i += 2) {
		drop(block[i]);
	}
	for (int i = 1; i < 1000; i += 2) {
		smash(block[i], usable + ARG(2));
	}
	use_up(size);
	for (int i = 1; i < 1000; i += 2) {
		drop(block[i]);
	}
	return 0;
}
