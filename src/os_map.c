/* SPDX-License-Identifier: MIT */
/*
 * os_map.c - mappings.
 */
#include "base.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "os.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4	/* Linux 5.7 */
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000	/* Linux 4.17 */
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102	/* Linux 6.13 */
#define MADV_GUARD_REMOVE 103
#endif
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22	/* Linux 5.14 */
#endif

/* One mapping anywhere, 0 if refused. */
static uintptr_t
map_anywhere(size_t nbytes)
{
	void *p = mmap(NULL, nbytes, PROT_READ | PROT_WRITE,
	               MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? 0 : (uintptr_t)p;
}

/* Cut [*START, *START + TOTAL) down to NBYTES at an aligned address. */
static uintptr_t
cut_to_alignment(uintptr_t start, size_t total, size_t nbytes,
                 size_t alignment)
{
	uintptr_t aligned = ma_align_up(start, alignment);
	size_t before = aligned - start;
	size_t after = total - before - nbytes;

	/* A refused unmap only wastes addresses. */
	if (before != 0)
		munmap((void *)start, before);
	if (after != 0)
		munmap((void *)(aligned + nbytes), after);
	return aligned;
}

uintptr_t
ma_os_map(size_t nbytes, size_t alignment)
{
	int saved = errno;
	size_t page = ma_os_page_size(), total;
	uintptr_t start = 0;

	/* Slices are shorter than pages of 64 KiB. */
	if (alignment < page)
		alignment = page;
	if (nbytes <= MA_SIZE_LIMIT)
		nbytes = ma_align_up(nbytes, page);
	total = nbytes + alignment - page;
	if (total >= nbytes && total <= MA_SIZE_LIMIT) {
		start = map_anywhere(nbytes);
		if (start != 0 && (start & (alignment - 1)) != 0) {
			munmap((void *)start, nbytes);
			start = map_anywhere(total);
			if (start != 0)
				start = cut_to_alignment(start, total, nbytes,
				                         alignment);
		}
	}
	if (start != 0 && (start + nbytes - 1) >> (MA_ADDRESS_BITS - 1) > 1) {
		munmap((void *)start, nbytes);
		start = 0;
	}
	errno = saved;
	return start;
}

bool
ma_os_unmap(uintptr_t start, size_t nbytes)
{
	int saved = errno;
	bool done = munmap((void *)start, nbytes) == 0;

	errno = saved;
	return done;
}

/* Of whole pages?  The kernel would round up, beyond what is meant. */
static bool
is_of_pages(uintptr_t start, size_t nbytes)
{
	return ((start | nbytes) & (ma_os_page_size() - 1)) == 0;
}

bool
ma_os_purge(uintptr_t start, size_t nbytes)
{
	int saved = errno;
	bool done = is_of_pages(start, nbytes) &&
		madvise((void *)start, nbytes, MADV_DONTNEED) == 0;

	errno = saved;
	return done;
}

/* A byte in PAGES, which has MOST, for each page; false if not told. */
static bool
look_at_pages(uintptr_t start, size_t nbytes, unsigned char *pages,
              size_t most)
{
	int saved = errno;
	bool done = nbytes / ma_os_page_size() <= most &&
		is_of_pages(start, nbytes) &&
		mincore((void *)start, nbytes, pages) == 0;

	errno = saved;
	return done;
}

size_t
ma_os_resident(uintptr_t start, size_t nbytes)
{
	unsigned char pages[MA_OS_RESIDENT_MAX / 4096];
	size_t n = nbytes / ma_os_page_size(), resident = 0;

	if (!look_at_pages(start, nbytes, pages, sizeof(pages)))
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++)
		resident += pages[i] & 1;
	return resident * ma_os_page_size();
}

bool
ma_os_resident_pages(uintptr_t start, size_t nbytes, uint64_t *pages)
{
	unsigned char page[64];

	if (!look_at_pages(start, nbytes, page, sizeof(page)))
		return false;
	*pages = 0;
	for (size_t i = 0; i < nbytes / ma_os_page_size(); i++)
		*pages |= (uint64_t)(page[i] & 1) << i;
	return true;
}

/* Each guard by protection splits a mapping in up to three. */
#define PROTECTED_MOST 8192

static uint32_t nprotected;	/* atomic */

/*
 * Is what can be written to counted?  Then it might not be to be had back once
 * it is protected.
 */
static bool
is_counted(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_DATA, &limit) == 0 &&
		limit.rlim_cur != RLIM_INFINITY;
}

/* It is zero when it is unprotected, as what was marked is. */
static bool
protect(uintptr_t start, size_t nbytes)
{
	if (is_counted())
		return false;
	if (__atomic_add_fetch(&nprotected, 1, __ATOMIC_RELAXED) <=
	    PROTECTED_MOST) {
		if (madvise((void *)start, nbytes, MADV_DONTNEED) != 0)
			memset((void *)start, 0, nbytes);
		if (mprotect((void *)start, nbytes, PROT_NONE) == 0)
			return true;
	}
	__atomic_sub_fetch(&nprotected, 1, __ATOMIC_RELAXED);
	return false;
}

enum { NOT_TRIED, MARKS_GUARD, MARKS_DO_NOT };

static uint8_t marks;	/* atomic */

/*
 * Mark the pages as guards.  Emulators take advice that they do not know and do
 * nothing: so the first ones are tried.  A guard cannot be populated.
 */
static bool
mark(uintptr_t start, size_t nbytes)
{
	uint8_t known = __atomic_load_n(&marks, __ATOMIC_RELAXED);

	if (known == MARKS_DO_NOT ||
	    madvise((void *)start, nbytes, MADV_GUARD_INSTALL) != 0)
		return false;
	if (known == NOT_TRIED) {
		known = madvise((void *)start, nbytes,
		                MADV_POPULATE_READ) == 0 ?
			MARKS_DO_NOT : MARKS_GUARD;
		__atomic_store_n(&marks, known, __ATOMIC_RELAXED);
	}
	return known == MARKS_GUARD;
}

enum ma_guard
ma_os_guard(uintptr_t start, size_t nbytes)
{
	int saved = errno;
	enum ma_guard guard = MA_GUARD_NONE;

	if (!MA_WITHOUT_GUARDS && nbytes != 0 &&
	    is_of_pages(start, nbytes)) {
		if (mark(start, nbytes))
			guard = MA_GUARD_MARKED;
		else if (protect(start, nbytes))
			guard = MA_GUARD_PROTECTED;
	}
	errno = saved;
	return guard;
}

bool
ma_os_unguard(uintptr_t start, size_t nbytes, unsigned kind)
{
	int saved = errno;
	bool done = true;

	if (kind & MA_GUARD_PROTECTED) {
		done = mprotect((void *)start, nbytes,
		                PROT_READ | PROT_WRITE) == 0;
		if (done)
			__atomic_sub_fetch(&nprotected, 1, __ATOMIC_RELAXED);
	}
	if (kind & MA_GUARD_MARKED)
		done &= madvise((void *)start, nbytes,
		                MADV_GUARD_REMOVE) == 0;
	errno = saved;
	return done;
}

uintptr_t
ma_os_map_nothing(size_t nbytes)
{
	int saved = errno;
	void *p = mmap(NULL, nbytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
	               -1, 0);

	errno = saved;
	return p == MAP_FAILED ? 0 : (uintptr_t)p;
}

void
ma_os_use_huge_pages(uintptr_t start, size_t nbytes, bool use)
{
#ifdef MADV_HUGEPAGE
	int saved = errno;

	(void)madvise((void *)start, nbytes,
	              use ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	errno = saved;
#else
	(void)start, (void)nbytes, (void)use;
#endif
}

/* Without mremap a mapping cannot be made longer in its place. */
static bool
lengthen(uintptr_t start, size_t old, size_t nbytes)
{
#ifdef MREMAP_MAYMOVE
	return mremap((void *)start, old, nbytes, 0) != MAP_FAILED;
#else
	(void)start, (void)old, (void)nbytes;
	return false;
#endif
}

bool
ma_os_resize(uintptr_t start, size_t old, size_t nbytes)
{
	int saved = errno;
	size_t page = ma_os_page_size();
	size_t from = ma_align_up(old, page), to = ma_align_up(nbytes, page);
	/* Shorter by munmap, which all systems have; mremap of qemu-arm takes
	   what lies behind the mapping along. */
	bool done = to < from ? munmap((void *)(start + to), from - to) == 0 :
		to == from || lengthen(start, from, to);

	/* What stays of a page is zero when it is added again. */
	if (done && nbytes < old)
		memset((void *)(start + nbytes), 0,
		       (to < old ? to : old) - nbytes);
	errno = saved;
	return done;
}

#ifdef MREMAP_MAYMOVE

/*
 * So long that a mapping which grows to it in its place meets another one, if
 * only the stack, or the end of all addresses.
 */
#if UINTPTR_MAX > 0xffffffffu
#define TOO_LONG (((size_t)1 << 47) - MA_SLICE_SIZE)
#else
#define TOO_LONG ((size_t)0xb0000000u)
#endif

/*
 * Is FROM in one piece?  Kernels before 6.17 move no more than one, but unmap
 * the target before they find out.  What is not in one piece is refused before
 * it is asked whether there is room to grow.
 */
static bool
is_one_mapping(uintptr_t from, size_t nbytes)
{
	return mremap((void *)from, nbytes, TOO_LONG, 0) == MAP_FAILED &&
		errno == ENOMEM;
}

bool
ma_os_move(uintptr_t from, size_t nbytes, uintptr_t to)
{
	int saved = errno;
	bool done = is_one_mapping(from, nbytes) &&
		mremap((void *)from, nbytes, nbytes,
		       MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
		       (void *)to) != MAP_FAILED;

	/*
	 * The kernel unmaps the target first and may fail after that: what
	 * it took from there it has to give again.  Where it did not, the
	 * target is still there, and this is refused.
	 */
	if (!done)
		mmap((void *)to, nbytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	/* qemu-user passes DONTUNMAP on but does not heed it: for it FROM is
	   unmapped, and it refuses further calls there. */
	else if (!ma_os_is_mapped(from))
		mmap((void *)from, nbytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	errno = saved;
	return done;
}

#else

bool
ma_os_move(uintptr_t from, size_t nbytes, uintptr_t to)
{
	(void)from, (void)nbytes, (void)to;
	return false;
}

#endif
