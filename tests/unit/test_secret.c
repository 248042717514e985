/* SPDX-License-Identifier: MIT */
/*
 * test_secret.c - the secret of the process.
 */
#include "base.h"

#include "fake_os.h"
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
	tcase_add_test(tcase,
	               its_highest_bits_are_set_whatever_the_system_says);
	return run_suite(suite);
}
