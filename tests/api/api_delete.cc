// SPDX-License-Identifier: MIT
/*
 * api_delete.cc - operator new and every form of operator delete.
 *
 * The new forms are memalloc's in the shared library, else the C++ library's,
 * on malloc.  A plain program, since check's macros are C.
 */
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "memalloc.h"
#include "sized_delete.h"

namespace {

int failures;

void
expect(bool condition, const char *what, std::size_t size)
{
	if (!condition) {
		std::fprintf(stderr, "api_delete: %s, size %zu\n", what, size);
		failures++;
	}
}

std::size_t
live_blocks()
{
	struct memalloc_stats stats;

	memalloc_stats(&stats, sizeof(stats));
	return stats.live_blocks;
}

/* P, of which the compiler knows nothing. */
void *
opaque(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

const std::size_t sizes[] = { 0, 1, 8, 16, 17, 100, 1000, 5000, 33000,
                              100000, 3000000, 40000000 };
const std::size_t alignments[] = { 1, 8, 16, 32, 64, 256, 4096, 65536,
                                   1048576 };

/* Give P, of SIZE bytes, back by the form numbered FORM. */
void
release(int form, void *p, std::size_t size)
{
	switch (form) {
	case 0: ::operator delete(p); break;
	case 1: ::operator delete[](p); break;
	case 2: delete_sized(p, size); break;
	case 3: delete_array_sized(p, size); break;
	case 4: ::operator delete(p, std::nothrow); break;
	default: ::operator delete[](p, std::nothrow); break;
	}
}

void
release_aligned(int form, void *p, std::size_t size, std::align_val_t at)
{
	switch (form) {
	case 0: ::operator delete(p, at); break;
	case 1: ::operator delete[](p, at); break;
	case 2: delete_sized_aligned(p, size, at); break;
	case 3: delete_array_sized_aligned(p, size, at); break;
	case 4: ::operator delete(p, at, std::nothrow); break;
	default: ::operator delete[](p, at, std::nothrow); break;
	}
}

void
every_form_of_delete_frees_what_new_gave()
{
	for (std::size_t size : sizes) {
		for (int form = 0; form < 6; form++) {
			std::size_t blocks = live_blocks();
			void *p = form % 2 == 0 ? ::operator new(size)
			                        : ::operator new[](size);

			p = opaque(p);
			expect(p != nullptr, "new", size);
			expect(live_blocks() == blocks + 1,
			       "new is not memalloc's", size);
			expect(memalloc_usable_size(p) >= size, "room", size);
			std::memset(p, 1, size);
			release(form, p, size);
			expect(live_blocks() == blocks, "delete", size);
		}
	}
}

void
every_form_of_aligned_delete_frees_what_aligned_new_gave()
{
	for (std::size_t alignment : alignments) {
		std::align_val_t at{ alignment };

		for (std::size_t size : sizes) {
			for (int form = 0; form < 6; form++) {
				std::size_t blocks = live_blocks();
				void *p = ::operator new(size, at);

				p = opaque(p);
				expect(reinterpret_cast<std::uintptr_t>(p) %
				       alignment == 0, "alignment", alignment);
				release_aligned(form, p, size, at);
				expect(live_blocks() == blocks,
				       "aligned delete", size);
			}
		}
	}
}

void
delete_of_null_does_nothing()
{
	std::size_t blocks = live_blocks();

	for (int form = 0; form < 6; form++) {
		release(form, nullptr, 100);
		release_aligned(form, nullptr, 100, std::align_val_t{ 64 });
	}
	expect(live_blocks() == blocks, "delete of null", 0);
}

void
new_throws_where_memory_ends()
{
	const std::size_t refused[] = { SIZE_MAX / 2 - 10000, SIZE_MAX / 2,
	                                SIZE_MAX / 2 + 1, SIZE_MAX };

	for (std::size_t size : refused) {
		bool thrown = false;

		try {
			opaque(::operator new(size));
		} catch (const std::bad_alloc &) {
			thrown = true;
		}
		expect(thrown, "new did not throw", size);
		expect(opaque(::operator new(size, std::nothrow)) == nullptr,
		       "nothrow new", size);
		if (size == SIZE_MAX) {
			/* libstdc++ rounds it up to 0 before it asks us. */
			continue;
		}
		thrown = false;
		try {
			opaque(::operator new(size, std::align_val_t{ 64 }));
		} catch (const std::bad_alloc &) {
			thrown = true;
		}
		expect(thrown, "aligned new did not throw", size);
		expect(opaque(::operator new[](size, std::align_val_t{ 64 },
		                               std::nothrow)) == nullptr,
		       "aligned nothrow new", size);
	}
}

int handler_calls;

void
count_and_give_up()
{
	if (++handler_calls == 3) {
		std::set_new_handler(nullptr);
	}
}

void
new_calls_the_new_handler_before_it_throws()
{
	bool thrown = false;

	std::set_new_handler(count_and_give_up);
	try {
		opaque(::operator new(SIZE_MAX / 2));
	} catch (const std::bad_alloc &) {
		thrown = true;
	}
	expect(thrown, "no throw after the handler", 0);
	expect(handler_calls == 3, "handler calls", handler_calls);
}

void
containers_come_and_go()
{
	std::size_t blocks = live_blocks();

	{
		std::vector<std::string> words;

		for (int i = 0; i < 10000; i++) {
			words.push_back(std::string(i % 300, 'x'));
		}
		words.erase(words.begin(), words.begin() + 5000);
		expect(words[0].size() == 5000 % 300, "content", 0);
	}
	expect(live_blocks() == blocks, "containers leak", 0);
	expect(memalloc_check() == 0, "memalloc_check", 0);
}

struct alignas(64) wide {
	char bytes[64];
};

/* An allocator may ask for no objects, and says so when it frees them. */
void
allocators_of_aligned_types_take_none()
{
	std::allocator<wide> of_wide;
	std::allocator<int> of_int;
	std::size_t blocks = live_blocks();

	for (std::size_t n = 0; n < 4; n++) {
		wide *p = static_cast<wide *>(opaque(of_wide.allocate(n)));
		int *q = static_cast<int *>(opaque(of_int.allocate(n)));

		expect(live_blocks() == blocks + 2, "allocate", n);
		of_wide.deallocate(p, n);
		of_int.deallocate(q, n);
	}
	expect(live_blocks() == blocks, "deallocate", 0);
}

} // namespace

int
main()
{
	every_form_of_delete_frees_what_new_gave();
	every_form_of_aligned_delete_frees_what_aligned_new_gave();
	delete_of_null_does_nothing();
	new_throws_where_memory_ends();
	new_calls_the_new_handler_before_it_throws();
	containers_come_and_go();
	allocators_of_aligned_types_take_none();
	return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
