/* SPDX-License-Identifier: MIT */
/*
 * test_os_map.c - mappings, with an mremap that may fail as old kernels do:
 * with MREMAP_FIXED the target is unmapped before anything is looked at.
 */
#include "base.h"

#include <errno.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os.h"
#include "util.h"

static bool fails;

void *
mremap(void *from, size_t old, size_t nbytes, int flags, ...)
{
	va_list args;
	void *to = NULL;

	if (flags & MREMAP_FIXED) {
		va_start(args, flags);
		to = va_arg(args, void *);
		va_end(args);
		if (fails) {
			munmap(to, nbytes);
		}
	}
	if (fails) {
		errno = EFAULT;
		return MAP_FAILED;
	}
	return (void *)syscall(SYS_mremap, from, old, nbytes, flags, to);
}

START_TEST(mappings_are_zero_and_aligned)
{
	for (size_t alignment = 4096; alignment <= TOP_BIT >> 2 &&
	     alignment <= GIB; alignment *= 4) {
		uintptr_t p;

		errno = 77;
		p = ma_os_map(3 * 65536, alignment);
		REQUIRE(p != 0 && p % alignment == 0, "%zu", alignment);
		REQUIRE(is_filled((void *)p, 3 * 65536, 0), "%zu", alignment);
		memset((void *)p, 1, 3 * 65536);
		REQUIRE(ma_os_unmap(p, 3 * 65536), "%zu", alignment);
		REQUIRE(errno == 77, "%zu", alignment);
	}
}
END_TEST

START_TEST(impossible_mappings_are_refused)
{
	errno = 77;
	ck_assert_uint_eq(ma_os_map(TOP_BIT >> (IS_64_BIT ? 3 : 0), 4096), 0);
	ck_assert_uint_eq(ma_os_map(SIZE_MAX - 65535, 65536), 0);
	ck_assert_uint_eq(ma_os_map(65536, TOP_BIT), 0);
	ck_assert(!IS_64_BIT ||
	          ma_os_map((size_t)PTRDIFF_MAX & -65536, 65536) == 0);
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(resident_pages_are_counted)
{
	size_t page = ma_os_page_size();
	uintptr_t p = ma_os_map(MA_OS_RESIDENT_MAX, page);

	ck_assert_uint_eq(ma_os_resident(p, MA_OS_RESIDENT_MAX), 0);
	*(volatile char *)p = 1;
	*(volatile char *)(p + 5 * page) = 1;
	ck_assert_uint_eq(ma_os_resident(p, 8 * page), 2 * page);
	ma_os_purge(p, MA_OS_RESIDENT_MAX);
	ck_assert_uint_eq(ma_os_resident(p, 8 * page), 0);
	ma_os_unmap(p, MA_OS_RESIDENT_MAX);
	/* Not there to be asked for; not of whole pages. */
	ck_assert_uint_eq(ma_os_resident(p, 8 * page), SIZE_MAX);
	p = ma_os_map(8 * page, page);
	ck_assert_uint_eq(ma_os_resident(p, page / 2), SIZE_MAX);
	ck_assert_uint_eq(ma_os_resident(p + page / 2, page), SIZE_MAX);
}
END_TEST

START_TEST(resident_pages_are_told_one_by_one)
{
	size_t page = ma_os_page_size();
	uintptr_t p = ma_os_map(64 * page, page);
	uint64_t pages = 77;

	/* These are more than a huge page where each is of 64 KiB. */
	ma_os_use_huge_pages(p, 64 * page, false);
	ck_assert(ma_os_resident_pages(p, 64 * page, &pages));
	ck_assert_uint_eq(pages, 0);
	*(volatile char *)p = 1;
	*(volatile char *)(p + 5 * page) = 1;
	*(volatile char *)(p + 63 * page) = 1;
	ck_assert(ma_os_resident_pages(p, 64 * page, &pages));
	ck_assert_uint_eq(pages, 1 | 1 << 5 | (uint64_t)1 << 63);
	ck_assert(ma_os_resident_pages(p, 6 * page, &pages));
	ck_assert_uint_eq(pages, 1 | 1 << 5);
	ck_assert(!ma_os_resident_pages(p, 65 * page, &pages));
	ma_os_unmap(p, 64 * page);
	ck_assert(!ma_os_resident_pages(p, page, &pages));
}
END_TEST

START_TEST(purged_pages_read_as_zero)
{
	uintptr_t p = ma_os_map(8 * 65536, 65536);

	memset((void *)p, 1, 8 * 65536);
	ck_assert(ma_os_purge(p + 65536, 65536));
	ck_assert(is_filled((void *)p, 65536, 1));
	ck_assert(is_filled((void *)(p + 65536), 65536, 0));
	ck_assert(is_filled((void *)(p + 2 * 65536), 65536, 1));
}
END_TEST

START_TEST(parts_of_pages_are_not_purged)
{
	size_t page = ma_os_page_size();
	uintptr_t p = ma_os_map(2 * page, page);

	memset((void *)p, 1, 2 * page);
	ck_assert(!ma_os_purge(p, page / 2));
	ck_assert(!ma_os_purge(p + page / 2, page));
	ck_assert(is_filled((void *)p, 2 * page, 1));
}
END_TEST

START_TEST(purging_locked_memory_is_refused)
{
	size_t page = ma_os_page_size();
	uintptr_t p = ma_os_map(page, page);

	memset((void *)p, 1, page);
	/* Not mlock: the sanitizers make that do nothing. */
	if (syscall(SYS_mlock, p, page) == 0) {
		errno = 77;
		ck_assert(!ma_os_purge(p, page));
		ck_assert_int_eq(errno, 77);
		ck_assert(is_filled((void *)p, page, 1));
	}
}
END_TEST

START_TEST(a_mapping_shrinks_in_place_and_grows_again)
{
	uintptr_t p = ma_os_map(16 * 65536, 65536);

	memset((void *)p, 1, 16 * 65536);
	ck_assert(ma_os_resize(p, 16 * 65536, 4 * 65536));
	ck_assert(ma_os_resize(p, 4 * 65536, 16 * 65536));
	ck_assert(is_filled((void *)p, 4 * 65536, 1));
	ck_assert(is_filled((void *)(p + 4 * 65536), 12 * 65536, 0));
}
END_TEST

/* A slice is shorter than a page of 64 KiB. */
START_TEST(lengths_within_a_page_are_resized)
{
	uintptr_t p = ma_os_map(10 * 4096, 4096);

	ck_assert_uint_ne(p, 0);
	memset((void *)p, 1, 10 * 4096);
	ck_assert(ma_os_resize(p, 10 * 4096, 3 * 4096));
	ck_assert(ma_os_resize(p, 3 * 4096, 10 * 4096));
	ck_assert(is_filled((void *)p, 3 * 4096, 1));
	ck_assert(is_filled((void *)(p + 3 * 4096), 7 * 4096, 0));
	ck_assert(ma_os_unmap(p, 10 * 4096));
	ck_assert(!ma_os_is_mapped(p) && !ma_os_is_mapped(p + 9 * 4096));
}
END_TEST

START_TEST(growth_into_a_neighbour_is_refused)
{
	uintptr_t p = ma_os_map(16 * 65536, 65536);

	memset((void *)p, 1, 16 * 65536);
	errno = 77;
	ck_assert(!ma_os_resize(p, 4 * 65536, 32 * 65536) ||
	          is_filled((void *)p, 4 * 65536, 1));
	ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(moved_pages_leave_zeros_behind)
{
	uintptr_t from = ma_os_map(16 * 65536, 65536);
	uintptr_t to = ma_os_map(16 * 65536, 65536);

	fill((void *)from, 16 * 65536, 7);
	if (!ma_os_move(from, 16 * 65536, to)) {
		/* Linux before 5.7, valgrind: then nothing changed. */
		ck_assert(holds((void *)from, 16 * 65536, 7));
		memset((void *)to, 1, 16 * 65536);
		return;
	}
	ck_assert(holds((void *)to, 16 * 65536, 7));
	ck_assert(is_filled((void *)from, 16 * 65536, 0));
	memset((void *)from, 1, 16 * 65536);
	/* qemu-user believed that it was not. */
	ck_assert(ma_os_is_mapped(from));
}
END_TEST

START_TEST(a_refused_move_leaves_the_target_usable)
{
	uintptr_t from = ma_os_map(16 * 65536, 65536);
	uintptr_t to = ma_os_map(16 * 65536, 65536);

	fill((void *)from, 16 * 65536, 7);
	fails = true;
	errno = 77;
	ck_assert(!ma_os_move(from, 16 * 65536, to));
	ck_assert_int_eq(errno, 77);
	memcpy((void *)to, (void *)from, 16 * 65536);
	ck_assert(holds((void *)to, 16 * 65536, 7));
	ck_assert(holds((void *)from, 16 * 65536, 7));
}
END_TEST

/* Kernels before 6.17 unmap the target, and refuse only then. */
START_TEST(memory_in_two_pieces_is_not_moved)
{
	uintptr_t from = ma_os_map(16 * 65536, 65536);
	uintptr_t to = ma_os_map(16 * 65536, 65536);

	fill((void *)from, 16 * 65536, 7);
	memset((void *)to, 1, 16 * 65536);
	ck_assert_int_eq(mprotect((void *)from, 65536, PROT_READ), 0);
	ck_assert(!ma_os_move(from, 16 * 65536, to));
	ck_assert(is_filled((void *)to, 16 * 65536, 1));
	ck_assert(holds((void *)from, 16 * 65536, 7));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_map");
	TCase *tcase = add_case(suite, "os_map", 60);

	tcase_add_test(tcase, mappings_are_zero_and_aligned);
	tcase_add_test(tcase, impossible_mappings_are_refused);
	tcase_add_test(tcase, resident_pages_are_counted);
	tcase_add_test(tcase, resident_pages_are_told_one_by_one);
	tcase_add_test(tcase, purged_pages_read_as_zero);
	tcase_add_test(tcase, parts_of_pages_are_not_purged);
	tcase_add_test(tcase, purging_locked_memory_is_refused);
	tcase_add_test(tcase, a_mapping_shrinks_in_place_and_grows_again);
	tcase_add_test(tcase, lengths_within_a_page_are_resized);
	tcase_add_test(tcase, growth_into_a_neighbour_is_refused);
	tcase_add_test(tcase, moved_pages_leave_zeros_behind);
	tcase_add_test(tcase, a_refused_move_leaves_the_target_usable);
	tcase_add_test(tcase, memory_in_two_pieces_is_not_moved);
	return run_suite(suite);
}
