/* SPDX-License-Identifier: MIT */
/*
 * secret.c - the secret of the process.
 */
#include "base.h"

#include "os.h"
#include "secret.h"

uintptr_t ma_secret_mark;
uintptr_t ma_secret_factor;
uintptr_t ma_secret_link;
uint64_t ma_secret_canary;
uint64_t ma_secret_place;

void
ma_secret_setup(void)
{
	uint64_t words[MA_OS_RANDOM_WORDS];

	ma_os_random(words);
	ma_secret_mark = ((uintptr_t)words[0] & UINTPTR_MAX >> 2) |
		((uintptr_t)1 << (sizeof(uintptr_t) * CHAR_BIT - 1));
	ma_secret_factor = (uintptr_t)words[1];
	ma_secret_link = (uintptr_t)words[2];
	ma_secret_canary = words[3];
	ma_secret_place = words[4];
}
