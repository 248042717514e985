/* SPDX-License-Identifier: MIT */
/*
 * test_secret.c - the secret of the process.
 */
#include "base.h"

#include "fake_os.h"
#include "os.h"
#include "secret.h"
#include "util.h"

START_TEST(the_secret_comes_from_the_system)
{
	uintptr_t first;

	ma_secret_setup();
	first = ma_secret_mark;
	ma_secret_setup();
	ck_assert_uint_eq(ma_secret_mark, first);
	fake_os_random_words[0] ^= 0x10;
	ma_secret_setup();
	ck_assert_uint_eq(ma_secret_mark ^ first, 0x10);
}
END_TEST

static void
get_secrets(uint64_t secrets[5])
{
	ma_secret_setup();
	secrets[0] = ma_secret_mark;
	secrets[1] = ma_secret_factor;
	secrets[2] = ma_secret_link;
	secrets[3] = ma_secret_canary;
	secrets[4] = ma_secret_place;
}

START_TEST(no_secret_tells_of_another)
{
	uint64_t before[5], after[5];

	get_secrets(before);
	for (int i = 0; i < MA_OS_RANDOM_WORDS; i++) {
		int changed = 0;

		fake_os_random_words[i] ^= 0x10;
		get_secrets(after);
		for (int k = 0; k < 5; k++) {
			changed += after[k] != before[k];
		}
		REQUIRE(changed == 1, "%d changes %d", i, changed);
		fake_os_random_words[i] ^= 0x10;
	}
}
END_TEST

START_TEST(its_highest_bits_are_set_whatever_the_system_says)
{
	fake_os_random_words[0] = 0;
	fake_os_random_words[1] = 0;
	ma_secret_setup();
	ck_assert_uint_eq(ma_secret_mark >> (SIZE_BITS - 2), 2);
	fake_os_random_words[0] = UINT64_MAX;
	ma_secret_setup();
	ck_assert_uint_eq(ma_secret_mark >> (SIZE_BITS - 2), 2);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("secret");
	TCase *tcase = add_case(suite, "secret", 60);

	tcase_add_test(tcase, the_secret_comes_from_the_system);
	tcase_add_test(tcase, no_secret_tells_of_another);
	tcase_add_test(tcase,
	               its_highest_bits_are_set_whatever_the_system_says);
	return run_suite(suite);
}
