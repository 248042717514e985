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

void delete_sized(void *p, std::size_t size) __asm__("_ZdlPvm");
void delete_array_sized(void *p, std::size_t size) __asm__("_ZdaPvm");
void delete_sized_aligned(void *p, std::size_t size, std::align_val_t at)
	__asm__("_ZdlPvmSt11align_val_t");
void delete_array_sized_aligned(void *p, std::size_t size,
                                std::align_val_t at)
	__asm__("_ZdaPvmSt11align_val_t");

#endif /* TEST_SIZED_DELETE_H */
