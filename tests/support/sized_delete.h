/* SPDX-License-Identifier: MIT */
/*
 * sized_delete.h - the forms of C++ operator delete that are told the size.
 *
 * By their symbols: clang declares them under -fsized-deallocation only.
 */
#ifndef TEST_SIZED_DELETE_H
#define TEST_SIZED_DELETE_H

#include <cstddef>
#include <new>

/* std::size_t, as it is in symbols. */
#ifdef __LP64__
#define SIZED "m"
#else
#define SIZED "j"
#endif

void delete_sized(void *p, std::size_t size) __asm__("_ZdlPv" SIZED);
void delete_array_sized(void *p, std::size_t size) __asm__("_ZdaPv" SIZED);
void delete_sized_aligned(void *p, std::size_t size, std::align_val_t at)
	__asm__("_ZdlPv" SIZED "St11align_val_t");
void delete_array_sized_aligned(void *p, std::size_t size,
                                std::align_val_t at)
	__asm__("_ZdaPv" SIZED "St11align_val_t");

#endif /* TEST_SIZED_DELETE_H */
