/* SPDX-License-Identifier: MIT */
/*
 * foreign.h - pointers that no malloc has returned, by name.
 */
#ifndef TEST_FOREIGN_H
#define TEST_FOREIGN_H

#include "misuse.h"

#include <sys/auxv.h>
#include <sys/mman.h>

extern char **environ;

static char foreign_data[64] = "initialised";
static char foreign_bss[64];
static __thread char foreign_tls[64];

static char *
new_mapping(int protection)
{
	char *p = mmap(NULL, 1 << 20, protection, MAP_PRIVATE | MAP_ANONYMOUS,
	               -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Whatever is asked for first must exist; nothing is read from there. */
static void *
foreign_by_name(const char *name, char *stack)
{
	bool is_64_bit = sizeof(void *) == 8;
	const struct {
		const char *name;
		void *p;
	} simple[] = {
		{ "stack", stack },
		{ "data", foreign_data },
		{ "bss", foreign_bss },
		{ "tls", foreign_tls },
		{ "code", (void *)(uintptr_t)foreign_by_name },
		{ "string", (void *)(uintptr_t)"a constant" },
		{ "environment", environ[0] },
		{ "library_data", stdout },
		{ "vdso", (void *)getauxval(AT_SYSINFO_EHDR) },
		{ "low", (void *)(uintptr_t)16 },
		{ "noncanonical", (void *)(uintptr_t)0x4141414141414140 },
		{ "kernel", (void *)(uintptr_t)0xffffffff81000000 },
		{ "minus_one", (void *)UINTPTR_MAX },
		{ "far", take(100) + ((uintptr_t)1 << (is_64_bit ? 40 : 20)) },
		/* In the bits that a map might look at it is a live block. */
		{ "aliased", (void *)((uintptr_t)take(100) |
		                      (uintptr_t)1 << (is_64_bit ? 60 : 31)) },
	};

	for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++) {
		if (strcmp(simple[i].name, name) == 0) {
			return simple[i].p;
		}
	}
	if (strcmp(name, "break") == 0) {
		return (char *)sbrk(1 << 20) + 4096;
	}
	if (strcmp(name, "mapping") == 0) {
		return new_mapping(PROT_READ | PROT_WRITE);
	}
	if (strcmp(name, "inside_mapping") == 0) {
		return new_mapping(PROT_READ | PROT_WRITE) + 65536 + 16;
	}
	if (strcmp(name, "unreadable") == 0) {
		return new_mapping(PROT_NONE);
	}
	if (strcmp(name, "unmapped") == 0) {
		char *p = new_mapping(PROT_READ);

		munmap(p, 1 << 20);
		return p;
	}
	return NULL;
}

/* The pointer that the program's first argument names. */
#define foreign(argc, argv) \
	foreign_checked((argc) > 1 ? (argv)[1] : "", (char[64]){ "stack" })

static void *
foreign_checked(const char *name, char *stack)
{
	void *p = foreign_by_name(name, stack);

	if (p == NULL) {
		exit(BROKEN);
	}
	return opaque(p);
}

#endif /* TEST_FOREIGN_H */
