/* SPDX-License-Identifier: MIT */
/*
 * test_os_place.c - what the system tells of an address, with the list of
 * mappings and, without a descriptor for it, by mincore alone.
 */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "os.h"
#include "util.h"

static char place[MA_OS_PLACE_MAX + 32];
static char zeroed[64];
static char filled[64] = "filled";

static const char *
place_of(const void *p)
{
	memset(place, 0x41, sizeof(place));
	errno = 77;
	ma_os_place((uintptr_t)p, place);
	ck_assert_int_eq(errno, 77);
	return place;
}

/* No descriptor can be opened from here on; tests have processes of their
   own. */
static void
hide_mappings(void)
{
	struct rlimit none;

	/* Valgrind, which has descriptors too, keeps the hard one. */
	getrlimit(RLIMIT_NOFILE, &none);
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	ck_assert_int_lt(open("/proc/self/maps", O_RDONLY), 0);
}

static char *
new_mapping(void)
{
	size_t page = ma_os_page_size();
	/* qemu-user takes what cannot be touched for what is not mapped. */
	char *p = mmap(NULL, 3 * page, is_emulated() ? PROT_READ : PROT_NONE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_ptr_ne(p, MAP_FAILED);
	return p;
}

static void *
look_at_own_stack(void *arg)
{
	char variable;

	(void)arg;
	ck_assert_str_eq(place_of(opaque(&variable)),
	                 "it lies in the stack of the calling thread");
	return NULL;
}

START_TEST(a_thread_knows_its_stack)
{
	pthread_t thread;

	look_at_own_stack(NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, look_at_own_stack,
	                                NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

START_TEST(variables_and_code_are_their_files)
{
	ck_assert_ptr_nonnull(strstr(place_of(filled), "/test_os_place"));
	ck_assert_ptr_nonnull(strstr(place_of(zeroed), "/test_os_place"));
	ck_assert_ptr_nonnull(strstr(place_of((void *)(uintptr_t)place_of),
	                             "/test_os_place"));
	ck_assert_int_eq(strncmp(place, "it lies in /", 12), 0);
}
END_TEST

START_TEST(a_long_name_is_cut)
{
	char name[300] = "/tmp/memalloc-";
	size_t n = strlen(name);
	void *p;
	int fd;

	memset(name + n, 'x', 200);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ck_assert_int_ge(fd, 0);
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	unlink(name);
	ck_assert_ptr_ne(p, MAP_FAILED);
	ck_assert_uint_eq(strlen(place_of(p)),
	                  strlen("it lies in ") + MA_OS_PLACE_MAX - 1);
	ck_assert_ptr_nonnull(strstr(place, "/tmp/memalloc-xxx"));
}
END_TEST

START_TEST(mappings_are_told_from_holes)
{
	size_t page = ma_os_page_size();
	char *p = new_mapping(), *within = p + page + 900;

	ck_assert_str_eq(place_of(within),
	                 "it lies in a mapping without a name");
	ck_assert(ma_os_is_mapped((uintptr_t)within));
	munmap(p + page, page);
	ck_assert_str_eq(place_of(within), "it is not mapped");
	ck_assert_str_eq(place_of(p), "it lies in a mapping without a name");
	ck_assert(!ma_os_is_mapped((uintptr_t)within));
	ck_assert(ma_os_is_mapped((uintptr_t)p + page - 1));
}
END_TEST

START_TEST(what_no_program_has_is_not_looked_up)
{
	ck_assert_str_eq(place_of((void *)(uintptr_t)16),
	                 "it lies below all memory, near NULL");
	ck_assert_str_eq(place_of((void *)UINTPTR_MAX), IS_64_BIT ?
	                 "it lies beyond the addresses of programs" :
	                 "it is not mapped");
}
END_TEST

START_TEST(without_the_list_mappings_and_stacks_are_known)
{
	size_t page = ma_os_page_size();
	char *p = new_mapping();

	hide_mappings();
	look_at_own_stack(NULL);
	ck_assert_str_eq(place_of(p), "it lies in memory of others");
	munmap(p, 3 * page);
	ck_assert_str_eq(place_of(p), "it is not mapped");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_place");
	TCase *tcase = add_case(suite, "os_place", 60);

	tcase_add_test(tcase, a_thread_knows_its_stack);
	tcase_add_test(tcase, variables_and_code_are_their_files);
	tcase_add_test(tcase, a_long_name_is_cut);
	tcase_add_test(tcase, mappings_are_told_from_holes);
	tcase_add_test(tcase, what_no_program_has_is_not_looked_up);
	tcase_add_test(tcase, without_the_list_mappings_and_stacks_are_known);
	return run_suite(suite);
}
