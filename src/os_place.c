/* SPDX-License-Identifier: MIT */
/*
 * os_place.c - what lies at an address that is not memalloc's, for messages.
 *
 * From /proc/self/maps where there is one, read piece by piece over a buffer
 * on the stack; else from mincore, which tells no more than whether something
 * is mapped.  By raw system calls: open and read would be cancellation points.
 */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os.h"

/* Linux maps nothing below, by default (vm.mmap_min_addr). */
#define LOWEST ((uintptr_t)65536)
/* Without maps, so much above a frame is taken for its stack. */
#define STACK_NEAR ((uintptr_t)65536)
#define PIECE 512

struct maps {
	int fd;
	size_t used, length;	/* of the piece */
	char piece[PIECE];
};

/* A line: START-END PERMISSIONS OFFSET DEVICE INODE [NAME] */
struct line {
	uintptr_t start, end;
	bool writable;
	char name[MA_OS_PLACE_MAX];
};

static int
next_char(struct maps *maps)
{
	if (maps->used == maps->length) {
		long n;

		do
			n = syscall(SYS_read, maps->fd, maps->piece, PIECE);
		while (n < 0 && errno == EINTR);
		if (n <= 0)
			return -1;
		maps->used = 0;
		maps->length = (size_t)n;
	}
	return (unsigned char)maps->piece[maps->used++];
}

/* A hexadecimal number and the character that ends it, which is returned. */
static int
read_hex(struct maps *maps, uintptr_t *n)
{
	int c;

	for (*n = 0;; *n = *n * 16 +
	     (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10)) {
		c = next_char(maps);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return c;
	}
}

static bool
read_line(struct maps *maps, struct line *line)
{
	size_t length = 0;
	unsigned fields = 0;
	bool in_field = true;
	int c;

	if (read_hex(maps, &line->start) != '-' ||
	    read_hex(maps, &line->end) != ' ' || next_char(maps) < 0)
		return false;
	line->writable = next_char(maps) == 'w';
	/* Four fields, then the name, which may have spaces in it. */
	while ((c = next_char(maps)) >= 0 && c != '\n') {
		if (fields < 4) {
			fields += in_field && c == ' ';
			in_field = c != ' ';
		} else if ((c != ' ' || length > 0) &&
		           length < sizeof(line->name) - 1) {
			line->name[length++] = (char)c;
		}
	}
	line->name[length] = '\0';
	return true;
}

/* Zeroed variables: without a name, and right behind those of their file. */
static bool
is_zeroed_part(const struct line *line, const struct line *before)
{
	return line->name[0] == '\0' && line->writable && before->writable &&
		line->start == before->end && before->name[0] == '/';
}

/* The line of ADDRESS into *LINE. */
static bool
find_line(struct maps *maps, uintptr_t address, struct line *line)
{
	struct line before = { .end = 0 };

	while (read_line(maps, line)) {
		if (address >= line->start && address < line->end) {
			if (is_zeroed_part(line, &before))
				memcpy(line->name, before.name,
				       sizeof(line->name));
			return true;
		}
		before = *line;
	}
	return false;
}

static void
name_place(char *place, const struct line *line, uintptr_t frame)
{
	if (frame >= line->start && frame < line->end)
		strcpy(place, "it lies in the stack of the calling thread");
	else if (line->name[0] == '\0')
		strcpy(place, "it lies in a mapping without a name");
	else if (strcmp(line->name, "[heap]") == 0)
		strcpy(place, "it lies in a part of the break of others");
	else
		strcpy(stpcpy(place, "it lies in "), line->name);
}

bool
ma_os_is_mapped(uintptr_t address)
{
	unsigned char resident;
	int saved = errno;
	size_t page = ma_os_page_size();
	bool is_hole = mincore((void *)ma_align_down(address, page), page,
	                       &resident) != 0 && errno == ENOMEM;

	errno = saved;
	return !is_hole;
}

/* Where nobody tells more. */
static void
guess_place(char *place, uintptr_t address, uintptr_t frame)
{
	if (!ma_os_is_mapped(address))
		strcpy(place, "it is not mapped");
	else if (address >= frame && address - frame < STACK_NEAR)
		strcpy(place, "it lies in the stack of the calling thread");
	else
		strcpy(place, "it lies in memory of others");
}

void
ma_os_place(uintptr_t address, char place[MA_OS_PLACE_MAX + 32])
{
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	int saved = errno;
	struct maps maps = { .used = 0 };
	struct line line;

	if (address < LOWEST) {
		strcpy(place, "it lies below all memory, near NULL");
		return;
	}
	if (address >> (MA_ADDRESS_BITS - 1) >> 1 != 0) {
		strcpy(place, "it lies beyond the addresses of programs");
		return;
	}
	maps.fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps",
	                       O_RDONLY | O_CLOEXEC);
	if (maps.fd >= 0 && find_line(&maps, address, &line))
		name_place(place, &line, frame);
	else
		guess_place(place, address, frame);
	if (maps.fd >= 0)
		syscall(SYS_close, maps.fd);
	errno = saved;
}
