/* SPDX-License-Identifier: MIT */
/*
 * fake_os.c - a scripted system in place of os_*.c (see fake_os.h).
 */
#include "fake_os.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base.h"
#include "os.h"

/* Where the break may go: as much as any test wants. */
#define BREAK_ROOM ((size_t)1 << (sizeof(size_t) > 4 ? 32 : 28))
/* It does not start at a slice. */
#define BREAK_OFFSET ((size_t)0x3000)
#define LEAST_PAGE ((size_t)4096)

static unsigned counts[FAKE_CALLS];
static unsigned refuse_at[FAKE_CALLS];
static bool refuse_all[FAKE_CALLS];
static uintptr_t break_start, break_now, next_break;
static size_t mapped, purged;
static uint64_t clock_now = 1000000;
static size_t huge_pages, no_huge_pages;
static char text[1 << 20];
static size_t text_used;

bool fake_os_secure;
uint64_t fake_os_random_words[MA_OS_RANDOM_WORDS] = {
	0x0123456789abcdef, 0xfedcba9876543210, 0x13579bdf02468ace,
	0xeca86420fdb97531, 0x048c159d26ae37bf
};
char **fake_os_environment;

static void
broken_harness(void)
{
	_Exit(99);
}

/* Count a call; true if it is to be refused. */
static bool
is_refused(enum fake_call call)
{
	counts[call]++;
	return refuse_all[call] || counts[call] == refuse_at[call];
}

void
fake_os_refuse_nth(enum fake_call call, unsigned n)
{
	refuse_at[call] = counts[call] + n;
}

void
fake_os_refuse(enum fake_call call, bool all)
{
	refuse_all[call] = all;
}

unsigned
fake_os_count(enum fake_call call)
{
	return counts[call];
}

unsigned
fake_os_count_all(void)
{
	unsigned all = 0;

	for (int i = 0; i < FAKE_CALLS; i++) {
		all += counts[i];
	}
	return all;
}

size_t
fake_os_mapped(void)
{
	return mapped;
}

size_t
fake_os_purged(void)
{
	return purged;
}

void
fake_os_advance(uint64_t milliseconds)
{
	clock_now += milliseconds;
}

const char *
fake_os_text(void)
{
	text[text_used] = '\0';
	text_used = 0;
	return text;
}

/* --- The break ---------------------------------------------------------- */

bool
fake_os_break_from(uintptr_t start)
{
	size_t page = ma_os_page_size();
	size_t unit = page < MA_SLICE_SIZE ? MA_SLICE_SIZE : page;
	void *p = mmap((void *)start, BREAK_ROOM + unit, PROT_NONE,
	               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
	                       (start != 0 ? MAP_FIXED_NOREPLACE : 0),
	               -1, 0);

	if (p == MAP_FAILED || (start != 0 && (uintptr_t)p != start)) {
		return false;
	}
	break_start = ma_align_up((uintptr_t)p, unit) + BREAK_OFFSET;
	/* The page that it cuts is there: the program's data ends in it. */
	if (mprotect((void *)ma_align_down(break_start, page), page,
	             PROT_READ | PROT_WRITE) != 0) {
		return false;
	}
	break_now = break_start;
	return true;
}

static void
reserve_break(void)
{
	if (break_start == 0 && !fake_os_break_from(0)) {
		broken_harness();
	}
}

/* Move it, and let only what is below it be touched. */
static bool
move_break(ptrdiff_t nbytes)
{
	uintptr_t to = break_now + (uintptr_t)nbytes;
	uintptr_t old_page = ma_align_up(break_now, ma_os_page_size());
	uintptr_t new_page = ma_align_up(to, ma_os_page_size());

	if (to < break_start || to > break_start + BREAK_ROOM - MA_SLICE_SIZE) {
		return false;
	}
	if (new_page > old_page &&
	    mprotect((void *)old_page, new_page - old_page,
	             PROT_READ | PROT_WRITE) != 0) {
		broken_harness();
	}
	if (new_page < old_page &&
	    (madvise((void *)new_page, old_page - new_page,
	             MADV_DONTNEED) != 0 ||
	     mprotect((void *)new_page, old_page - new_page,
	              PROT_NONE) != 0)) {
		broken_harness();
	}
	break_now = to;
	return true;
}

void
fake_os_foreign_break(ptrdiff_t nbytes)
{
	uintptr_t old;

	reserve_break();
	old = break_now;
	if (!move_break(nbytes)) {
		broken_harness();
	}
	if (nbytes > 0) {
		/* Others write there, too. */
		memset((void *)old, 0xff, (size_t)nbytes);
	}
}

void
fake_os_next_break_at(uintptr_t start)
{
	next_break = start;
}

uintptr_t
fake_os_break(void)
{
	reserve_break();
	return break_now;
}

bool
ma_os_break_extend(size_t nbytes, uintptr_t *start)
{
	reserve_break();
	if (is_refused(FAKE_BREAK_EXTEND) || nbytes > PTRDIFF_MAX) {
		return false;
	}
	if (next_break != 0) {
		*start = next_break;
		next_break = 0;
		return true;
	}
	*start = break_now;
	return move_break((ptrdiff_t)nbytes);
}

bool
ma_os_break_lower(uintptr_t end, size_t nbytes)
{
	reserve_break();
	if (is_refused(FAKE_BREAK_LOWER) || end != break_now) {
		return false;
	}
	return move_break(-(ptrdiff_t)nbytes);
}

uintptr_t
ma_os_break_current(void)
{
	reserve_break();
	return break_now;
}

/* --- Mappings ----------------------------------------------------------- */

static size_t
real_page(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

size_t
ma_os_page_size(void)
{
	static size_t page;

	if (page == 0) {
		const char *kib = getenv("FAKE_PAGE_KIB");

		page = kib == NULL ? LEAST_PAGE :
		       strtoul(kib, NULL, 10) * 1024;
		if (page < real_page()) {
			page = real_page();
		}
	}
	return page;
}

/* Are they whole pages?  Where pages are no longer than slices, always. */
static bool
is_of_pages(uintptr_t start, size_t nbytes)
{
	bool is = (start | nbytes) % ma_os_page_size() == 0;

	if (!is && ma_os_page_size() <= MA_SLICE_SIZE) {
		broken_harness();
	}
	return is;
}

uintptr_t
ma_os_map(size_t nbytes, size_t alignment)
{
	size_t total;
	uintptr_t start, aligned;
	void *p;

	if (alignment < ma_os_page_size()) {
		alignment = ma_os_page_size();
	}
	total = nbytes + alignment;
	if (is_refused(FAKE_MAP) || total < nbytes) {
		return 0;
	}
	p = mmap(NULL, total, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED) {
		return 0;
	}
	start = (uintptr_t)p;
	aligned = ma_align_up(start, alignment);
	if (aligned != start) {
		munmap((void *)start, aligned - start);
	}
	munmap((void *)(aligned + nbytes), start + total - aligned - nbytes);
	mapped += nbytes;
	return aligned;
}

bool
ma_os_unmap(uintptr_t start, size_t nbytes)
{
	if (is_refused(FAKE_UNMAP)) {
		return false;
	}
	if (start % ma_os_page_size() != 0 ||
	    munmap((void *)start, nbytes) != 0) {
		broken_harness();
	}
	mapped -= nbytes < mapped ? nbytes : mapped;
	return true;
}

bool
ma_os_purge(uintptr_t start, size_t nbytes)
{
	if (is_refused(FAKE_PURGE) || !is_of_pages(start, nbytes)) {
		return false;
	}
	if (madvise((void *)start, nbytes, MADV_DONTNEED) != 0) {
		broken_harness();
	}
	purged += nbytes;
	return true;
}

static bool
any_is_there(const unsigned char *small, size_t n)
{
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		any |= small[i] & 1;
	}
	return any;
}

size_t
ma_os_resident(uintptr_t start, size_t nbytes)
{
	unsigned char small[MA_OS_RESIDENT_MAX / LEAST_PAGE];
	size_t page = ma_os_page_size(), resident = 0;

	if (!is_of_pages(start, nbytes)) {
		return SIZE_MAX;
	}
	if (nbytes > MA_OS_RESIDENT_MAX ||
	    mincore((void *)start, nbytes, small) != 0) {
		broken_harness();
	}
	/* A page is there if any of what it is made of is. */
	for (size_t at = 0; at < nbytes; at += page) {
		resident += any_is_there(small + at / real_page(),
		                         page / real_page());
	}
	return resident * page;
}

bool
ma_os_resident_pages(uintptr_t start, size_t nbytes, uint64_t *pages)
{
	(void)start, (void)nbytes, (void)pages;
	return false;
}

bool
ma_os_is_mapped(uintptr_t address)
{
	(void)address;
	return true;
}

void
ma_os_place(uintptr_t address, char place[MA_OS_PLACE_MAX + 32])
{
	(void)address;
	strcpy(place, "it lies in the scripted system");
}

void
ma_os_use_huge_pages(uintptr_t start, size_t nbytes, bool use)
{
	if (use && start % MA_OS_HUGE_PAGE != 0) {
		broken_harness();
	}
	if (use) {
		huge_pages += nbytes;
	} else {
		no_huge_pages += nbytes;
	}
}

enum ma_guard
ma_os_guard(uintptr_t start, size_t nbytes)
{
	(void)start, (void)nbytes;
	return MA_GUARD_NONE;
}

bool
ma_os_unguard(uintptr_t start, size_t nbytes, unsigned kind)
{
	(void)start, (void)nbytes;
	return kind == MA_GUARD_NONE;
}

uintptr_t
ma_os_map_nothing(size_t nbytes)
{
	(void)nbytes;
	return 0;
}

size_t fake_os_address_limit;

size_t
ma_os_address_limit(void)
{
	return fake_os_address_limit;
}

size_t
fake_os_huge_pages(void)
{
	return huge_pages;
}

size_t
fake_os_no_huge_pages(void)
{
	return no_huge_pages;
}

/* Shorter by munmap as in os_map.c, for the same reason. */
static bool
resize(uintptr_t start, size_t old, size_t nbytes)
{
	return nbytes < old ?
	       munmap((void *)(start + nbytes), old - nbytes) == 0 :
	       mremap((void *)start, old, nbytes, 0) != MAP_FAILED;
}

bool
ma_os_resize(uintptr_t start, size_t old, size_t nbytes)
{
	if (is_refused(FAKE_RESIZE) || !resize(start, old, nbytes)) {
		return false;
	}
	mapped += nbytes - old;
	return true;
}

bool
ma_os_move(uintptr_t from, size_t nbytes, uintptr_t to)
{
	if (is_refused(FAKE_MOVE)) {
		return false;
	}
	/* Slow, but the same to see. */
	memcpy((void *)to, (void *)from, nbytes);
	return madvise((void *)from, nbytes, MADV_DONTNEED) == 0;
}

/* --- The rest ----------------------------------------------------------- */

bool
ma_os_write(int fd, const char *from, size_t nbytes)
{
	(void)fd;
	if (is_refused(FAKE_WRITE)) {
		errno = EIO;
		return false;
	}
	if (nbytes > sizeof(text) - 1 - text_used) {
		nbytes = sizeof(text) - 1 - text_used;
	}
	memcpy(text + text_used, from, nbytes);
	text_used += nbytes;
	return true;
}

uint64_t
ma_os_milliseconds(void)
{
	return clock_now;
}

void
ma_os_random(uint64_t words[MA_OS_RANDOM_WORDS])
{
	memcpy(words, fake_os_random_words, sizeof(fake_os_random_words));
}

bool
ma_os_is_secure(void)
{
	return fake_os_secure;
}

char **
ma_os_environment(void)
{
	return fake_os_environment;
}

const char *
ma_os_program(void)
{
	return "program";
}

void
ma_os_wait(uint32_t *word, uint32_t value)
{
	(void)word;
	(void)value;
	sched_yield();
}

void
ma_os_wake(uint32_t *word)
{
	(void)word;
}

void
ma_os_yield(void)
{
	sched_yield();
}

_Noreturn void
ma_os_abort(void)
{
	abort();
}
