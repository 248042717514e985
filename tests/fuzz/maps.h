/* SPDX-License-Identifier: MIT */
/*
 * maps.h - what src/os_place.c tells where the list of mappings is a text of
 * the fuzzer's.
 */
#ifndef TEST_MAPS_H
#define TEST_MAPS_H

#include <stddef.h>
#include <stdint.h>

#define MAPS_PLACE_MOST 160

/*
 * ma_os_place of ADDRESS by the SIZE bytes of TEXT, of which a system call
 * reads no more than PIECE, and every third one is interrupted.
 */
void maps_place(uintptr_t address, const char *text, size_t size,
                size_t piece, char place[MAPS_PLACE_MOST]);

#endif /* TEST_MAPS_H */
