/* SPDX-License-Identifier: MIT */
/*
 * own_malloc.cc - a program that brings malloc, calloc, realloc and free, and
 * nothing else of the family: what others of it give and take are its blocks.
 */
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include "sized_delete.h"

alignas(16) static char heap[1 << 20];
static std::size_t used;
static int wrongs;

static bool
is_mine(const void *p)
{
	return (std::uintptr_t)p - (std::uintptr_t)heap < sizeof(heap);
}

static void
expect_mine(const void *p, const char *what)
{
	if (p != nullptr && !is_mine(p)) {
		std::fprintf(stderr, "%s: not of this program\n", what);
		wrongs++;
	}
}

extern "C" void *
malloc(std::size_t size)
{
	std::size_t *head = (std::size_t *)(heap + used);

	used += (size + 31) & ~(std::size_t)15;
	if (used > sizeof(heap))
		std::abort();
	*head = size;
	return head + 2;
}

extern "C" void
free(void *p)
{
	expect_mine(p, "free");
}

extern "C" void *
calloc(std::size_t count, std::size_t size)
{
	return std::memset(malloc(count * size), 0, count * size);
}

extern "C" void *
realloc(void *p, std::size_t size)
{
	void *q = malloc(size);

	expect_mine(p, "realloc");
	if (p != nullptr && is_mine(p)) {
		std::size_t old = ((std::size_t *)p)[-2];

		std::memcpy(q, p, old < size ? old : size);
	}
	return q;
}

/* Not known to the compiler, so that it leaves no pair out. */
static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

/* Not a constant to the compiler. */
static volatile std::size_t most = SIZE_MAX / 2;

int
main()
{
	const std::nothrow_t &quiet = std::nothrow;
	char *p = (char *)malloc(10);

	std::strcpy(p, "hello");
	p = (char *)opaque(reallocarray(p, 10, 20));
	expect_mine(p, "reallocarray");
	if (std::strcmp(p, "hello") != 0)
		wrongs++;
	free(p);
	free(opaque(reallocarray(nullptr, 10, 20)));
	if (reallocarray(opaque(nullptr), most, 4) != nullptr)
		wrongs++;
	::operator delete(opaque(::operator new(10)));
	delete_sized(opaque(::operator new(10)), 10);
	::operator delete(opaque(::operator new(10, quiet)), quiet);
	::operator delete[](opaque(::operator new[](10)));
	delete_array_sized(opaque(::operator new[](10)), 10);
	::operator delete[](opaque(::operator new[](10, quiet)), quiet);
	return wrongs != 0;
}
