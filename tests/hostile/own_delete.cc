/* SPDX-License-Identifier: MIT */
/*
 * own_delete.cc - a program that brings operator new and delete, without and
 * with an alignment, and no other form: all other forms end in these.
 */
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "sized_delete.h"

/* That is what is tried. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wsized-deallocation"
#endif

alignas(4096) static char heap[1 << 20];
static std::size_t used = 8;
static int wrongs, deleted, deleted_aligned;

void *
operator new(std::size_t size)
{
	void *p = heap + used;

	/* Off the grid of any block. */
	used += ((size + 15) & ~(std::size_t)15) + 16;
	return p;
}

void *
operator new(std::size_t size, std::align_val_t alignment)
{
	std::size_t mask = (std::size_t)alignment - 1;

	used = (used + mask) & ~mask;
	return operator new(size);
}

static void
take_back(const void *p)
{
	if ((std::uintptr_t)p - (std::uintptr_t)heap >= sizeof(heap)) {
		std::fprintf(stderr, "not of this program\n");
		wrongs++;
	}
}

void
operator delete(void *p) noexcept
{
	deleted++;
	take_back(p);
}

void
operator delete(void *p, std::align_val_t) noexcept
{
	deleted_aligned++;
	take_back(p);
}

static void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

static void
delete_aligned(std::align_val_t a)
{
	const std::nothrow_t &quiet = std::nothrow;
	std::size_t size = 100;

	::operator delete(opaque(::operator new(size, a)), a);
	delete_sized_aligned(opaque(::operator new(size, a)), size, a);
	::operator delete(opaque(::operator new(size, a)), a, quiet);
	::operator delete[](opaque(::operator new[](size, a)), a);
	delete_array_sized_aligned(opaque(::operator new[](size, a)), size,
	                           a);
	::operator delete[](opaque(::operator new[](size, a)), a, quiet);
}

static void
delete_plain()
{
	const std::nothrow_t &quiet = std::nothrow;
	std::size_t size = 100;

	::operator delete(opaque(::operator new(size)));
	delete_sized(opaque(::operator new(size)), size);
	::operator delete(opaque(::operator new(size)), quiet);
	::operator delete[](opaque(::operator new[](size)));
	delete_array_sized(opaque(::operator new[](size)), size);
	::operator delete[](opaque(::operator new[](size)), quiet);
}

int
main()
{
	delete_plain();
	delete_aligned((std::align_val_t)64);
	if (deleted != 6 || deleted_aligned != 6) {
		std::fprintf(stderr, "%d and %d of 6 deletes arrived\n",
		             deleted, deleted_aligned);
		wrongs++;
	}
	return wrongs != 0;
}
