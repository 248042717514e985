/* SPDX-License-Identifier: MIT */
/*
 * plugin_cxx.cc - a plugin in C++, for programs without it.
 */
#include <cstddef>
#include <new>

extern "C" int
plugin_catches(std::size_t n);

/* 1 if N bytes are refused by an exception. */
extern "C" int
plugin_catches(std::size_t n)
{
	try {
		char *volatile p = new char[n];

		p[0] = 1;
		delete[] p;
		return 0;
	} catch (const std::bad_alloc &) {
		return 1;
	}
}
