/* SPDX-License-Identifier: MIT */
/*
 * option_list.h - every option of MEMALLOC_CONF, one line each.
 *
 * The single source for the parser (option.c), its tests and the table in
 * memalloc(7).  No include guard: included once per use, with MA_OPTION
 * defined.
 *
 *   MA_OPTION(name, kind, initial, least, most, help)
 *
 * Kinds: BOOL (0|1, no|yes, off|on, false|true), SIZE (bytes, with the
 * suffixes K M G), NUMBER, and WORD, whose words stand in option.c.
 */
MA_OPTION(report, BOOL, 0, 0, 1,
	"at exit, print one line on standard error: blocks served, peak heap")
MA_OPTION(zero_realloc, WORD, MA_ZERO_REALLOC_FREE, 0, 2,
	"what realloc(p, 0) does: free|alloc|abort")
MA_OPTION(os, WORD, MA_OS_BOTH, 0, 2,
	"where memory comes from: both|brk|map")
MA_OPTION(deepbind, WORD, MA_DEEPBIND_CLEAR, 0, 1,
	"what dlopen makes of RTLD_DEEPBIND: clear|keep")
MA_OPTION(misuse, WORD, MA_MISUSE_ABORT, 0, 1,
	"what free and realloc do with a pointer that is not memalloc's: abort|ignore")
MA_OPTION(perturb, NUMBER, 0, 0, 255,
	"fill new blocks with the complement of this byte, freed ones with it; 0 off")
MA_OPTION(check_every, NUMBER, 0, 0, INT_MAX,
	"run memalloc_check every N calls and abort if it finds something; 0 off")
MA_OPTION(mismatch, BOOL, 0, 0, 1,
	"abort where malloc and free, new and delete, new[] and delete[] are mixed")
MA_OPTION(huge_threshold, SIZE, MA_HUGE_THRESHOLD, (size_t)64 << 10, PTRDIFF_MAX,
	"blocks from this size on have their own mapping")
MA_OPTION(huge_max, NUMBER, 16384, 0, INT_MAX,
	"no more than this many blocks have their own mapping")
MA_OPTION(thp, BOOL, 1, 0, 1,
	"let the system use huge pages for large blocks where the program fills "
	"such blocks, and for small ones as thp_from says")
MA_OPTION(thp_from, SIZE, (size_t)128 << 20, 0, SIZE_MAX,
	"let the system use huge pages for spans of small blocks where these grow "
	"beyond this")
MA_OPTION(trim_threshold, SIZE, SIZE_MAX, 0, SIZE_MAX,
	"lower the break at once when a free span at its top exceeds this; by "
	"default only memalloc_trim does")
MA_OPTION(top_pad, SIZE, 0, 0, (size_t)1 << 30,
	"grow the break by this much more than needed, and keep it when trimming")
MA_OPTION(decay, NUMBER, 1000, 0, INT_MAX,
	"milliseconds until free pages are given back; 0 at once")
