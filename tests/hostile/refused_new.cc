/* SPDX-License-Identifier: MIT */
/*
 * refused_new.cc - operator new that is refused: throws, or gives nullptr,
 * after the new handler was called.
 */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <sys/resource.h>

static int calls;

static void
give_up_at_third()
{
	if (++calls == 3)
		std::set_new_handler(nullptr);
}

/* Not a constant to the compiler. */
static volatile std::size_t most = PTRDIFF_MAX - 4096;

struct alignas(256) aligned {
	char bytes[256];
};

/* Whether CALL throws std::bad_alloc, and only after three calls. */
template<typename F> static bool
throws(F call)
{
	calls = 0;
	std::set_new_handler(give_up_at_third);
	try {
		call();
	} catch (const std::bad_alloc &) {
		return calls == 3;
	}
	return false;
}

static int
wrong(const char *what)
{
	std::fprintf(stderr, "%s did not end as it must\n", what);
	return 1;
}

/*
 * Refused by operator new, which asks more than once: is there still a reserve
 * for who was told?
 */
static int
saves()
{
	rlimit limit = { 200u << 20, 200u << 20 };
	void **list = nullptr, **p;
	std::size_t saved = 0;

	if (setrlimit(RLIMIT_AS, &limit) != 0)
		return 77;
	while ((p = (void **)::operator new(1000, std::nothrow)) != nullptr) {
		*p = list;
		list = p;
	}
	while (saved < 1 << 20 && (p = (void **)std::malloc(100)) != nullptr) {
		*p = list;
		list = p;
		saved += 100;
	}
	if (saved < 1 << 20)
		std::fprintf(stderr, "%zu bytes were left\n", saved);
	return saved < 1 << 20;
}

int
main(int argc, char **)
{
	if (argc > 1)
		return saves();
	if (!throws([] { ::operator delete(::operator new(most)); }))
		return wrong("operator new");
	if (!throws([] { ::operator delete[](::operator new[](most)); }))
		return wrong("operator new[]");
	if (!throws([] {
		    ::operator delete(
			    ::operator new(most, std::align_val_t(64)),
			    std::align_val_t(64));
	    }))
		return wrong("operator new with an alignment");
	if (::operator new(most, std::nothrow) != nullptr ||
	    ::operator new[](most, std::nothrow) != nullptr)
		return wrong("operator new with nothrow");
	for (int i = 0; i < 1000; i++) {
		aligned *p = new aligned[3];

		if (reinterpret_cast<std::uintptr_t>(p) % 256 != 0)
			return wrong("new of an aligned type");
		delete[] p;
		delete new int(i);
	}
	return 0;
}
