/* SPDX-License-Identifier: MIT */
/*
 * fault_os_real.c - os_break.c and os_map.c under other names, for
 * fault_os.c to pass calls on to.
 */
#define ma_os_break_extend real_os_break_extend
#define ma_os_break_lower real_os_break_lower
#define ma_os_map real_os_map
#define ma_os_unmap real_os_unmap
#define ma_os_purge real_os_purge
#define ma_os_resize real_os_resize
#define ma_os_move real_os_move
#define ma_os_guard real_os_guard
#define ma_os_unguard real_os_unguard

#include <sys/mman.h>

int fault_os_madvise(void *start, size_t nbytes, int advice);
#define madvise fault_os_madvise

#include "../../src/os_break.c"
#include "../../src/os_map.c"
