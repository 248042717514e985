/* SPDX-License-Identifier: MIT */
/*
 * fuzz_text.c - every text that the library reads or puts together.
 *
 * The first byte chooses what the rest is: the text of MEMALLOC_CONF, an
 * environment whose lines are its strings, what diag.c formats, or an address,
 * how much is read at once, and the list of mappings, with names of files that
 * anybody may have chosen.
 */
#include "base.h"

#include <regex.h>
#include <string.h>

#include "diag.h"
#include "fake_os.h"
#include "fuzz.h"
#include "maps.h"
#include "option.h"
#include "os.h"

#define TEXT_MOST 2000
#define LINES_MOST 64

static void
expect_between(size_t value, size_t least, size_t most)
{
	EXPECT(least <= value && value <= most);
}

/* No option has a value that its line in the list excludes. */
static void
expect_options_in_range(void)
{
#define MA_OPTION(name, kind, initial, least, most, help) \
	expect_between(ma_options.name, (size_t)(least), (size_t)(most));
#include "option_list.h"
#undef MA_OPTION
}

/* What was written is whole lines. */
static void
expect_lines(void)
{
	const char *text = fake_os_text();
	size_t length = strlen(text);

	EXPECT(length == 0 || text[length - 1] == '\n');
}

static void
try_conf(const char *text)
{
	struct ma_options before = ma_options, once;
	bool good = ma_option_parse(text);

	EXPECT(good == (*fake_os_text() == '\0'));
	expect_options_in_range();
	EXPECT(good || strchr(text, ',') != NULL ||
	       memcmp(&before, &ma_options, sizeof(before)) == 0);
	once = ma_options;
	EXPECT(ma_option_parse(text) == good);
	EXPECT(memcmp(&once, &ma_options, sizeof(once)) == 0);
	expect_lines();
}

static void
try_environment(char *text)
{
	char *environment[LINES_MOST + 1];
	size_t lines = 0;

	for (char *rest = text; rest != NULL && lines < LINES_MOST;) {
		environment[lines++] = strsep(&rest, "\n");
	}
	environment[lines] = NULL;
	ma_option_read(environment);
	expect_options_in_range();
	expect_lines();
}

/* The same as snprintf, cut off at any length. */
static void
try_format(const char *text, size_t size)
{
	char wanted[TEXT_MOST + 200], got[TEXT_MOST + 200];
	size_t n = 0, room, length;
	struct ma_text out;

	memcpy(&n, text, size < sizeof(n) ? size : sizeof(n));
	room = size < 2 ? 0 : (unsigned char)text[0] * 10u;
	length = (size_t)snprintf(wanted, sizeof(wanted),
	                          "%s %d%% %u %c %zu 0x%zx", text, (int)n,
	                          (unsigned)n, '#', n, n);
	memset(got, '!', sizeof(got));
	room = room < sizeof(got) - 1 ? room : sizeof(got) - 1;
	out = ma_text_over(got, room);
	ma_text_add(&out, "%s %d%% %u %c %zu %p", text, (int)n, (unsigned)n,
	            '#', n, (void *)n);
	EXPECT(out.used == (length < room ? length : room));
	EXPECT(memcmp(got, wanted, out.used) == 0);
	EXPECT(got[room] == '!');
	ma_diag_line("%s", text);
	expect_lines();
}

/* --- The list of mappings ----------------------------------------------- */

struct mapping {
	uintptr_t start, end;
	bool writable;
	const char *name;
};

/* Is LINE as Linux writes it?  Then what it says. */
static bool
read_mapping(const char *line, struct mapping *mapping)
{
	static regex_t form;
	static bool compiled;
	regmatch_t at[5];

	if (!compiled) {
		EXPECT(regcomp(&form,
		               "^([0-9a-f]{1,16})-([0-9a-f]{1,16}) "
		               "[r-]([w-])[x-][ps] [0-9a-f]+ "
		               "[0-9a-f]+:[0-9a-f]+ [0-9]+ +(.*)$",
		               REG_EXTENDED) == 0);
		compiled = true;
	}
	if (regexec(&form, line, 5, at, 0) != 0) {
		return false;
	}
	mapping->start = strtoull(line + at[1].rm_so, NULL, 16);
	mapping->end = strtoull(line + at[2].rm_so, NULL, 16);
	mapping->writable = line[at[3].rm_so] == 'w';
	mapping->name = line + at[4].rm_so;
	return true;
}

/*
 * What lies at ADDRESS by TEXT, which is cut into its lines: a name, which may
 * be empty; NULL if nothing does, or if that is not to be told, for a line is
 * not as Linux writes it.
 */
static const char *
name_by_text(char *text, uintptr_t address, bool *is_good)
{
	struct mapping mapping, before = { .name = "" };

	while (*text != '\0') {
		char *end = strchr(text, '\n');

		*is_good = end != NULL;
		if (end == NULL) {
			return NULL;
		}
		*end = '\0';
		*is_good = read_mapping(text, &mapping);
		if (!*is_good) {
			return NULL;
		}
		if (mapping.start <= address && address < mapping.end) {
			/* Zeroed variables go with their file. */
			return *mapping.name == '\0' &&
				mapping.writable && before.writable &&
				mapping.start == before.end &&
				*before.name == '/' ?
				before.name : mapping.name;
		}
		before = mapping;
		text = end + 1;
	}
	*is_good = true;
	return NULL;
}

static void
expect_place(const char *place, const char *name)
{
	char wanted[MAPS_PLACE_MOST];

	if (name == NULL) {
		EXPECT(strcmp(place, "it is not mapped") == 0 ||
		       strcmp(place, "it lies in memory of others") == 0);
	} else if (*name == '\0') {
		EXPECT(strcmp(place,
		              "it lies in a mapping without a name") == 0);
	} else if (strcmp(name, "[heap]") == 0) {
		EXPECT(strcmp(place,
		              "it lies in a part of the break of others") ==
		       0);
	} else {
		snprintf(wanted, sizeof(wanted), "it lies in %.*s",
		         (int)MA_OS_PLACE_MAX - 1, name);
		EXPECT(strcmp(place, wanted) == 0);
	}
}

#define STACK "it lies in the stack of the calling thread"

static void
try_maps(char *text, size_t size)
{
	char place[MAPS_PLACE_MOST];
	uint64_t word = 0;
	uintptr_t address;
	const char *name;
	bool is_good;

	if (size < 10) {
		return;
	}
	memcpy(&word, text, 8);
	/* Of programs, and not near NULL. */
	address = (uintptr_t)(word & (((uint64_t)1 << 47) - 1)) | 65536;
	memset(place, '!', sizeof(place));
	maps_place(address, text + 9, size - 9,
	           1 + (unsigned char)text[8] * 4u, place);
	EXPECT(memchr(place, '\0', sizeof(place)) != NULL);
	EXPECT(strncmp(place, "it ", 3) == 0);
	if (memchr(text + 9, '\0', size - 9) != NULL ||
	    strcmp(place, STACK) == 0) {
		return;
	}
	name = name_by_text(text + 9, address, &is_good);
	if (is_good) {
		expect_place(place, name);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ma_options initial;
	static bool started;
	char text[TEXT_MOST + 1];

	if (size == 0 || size > TEXT_MOST) {
		return 0;
	}
	if (!started) {
		initial = ma_options;
		started = true;
	}
	ma_options = initial;
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	switch (data[0] % 4) {
	case 0:
		try_conf(text);
		break;
	case 1:
		try_environment(text);
		break;
	case 2:
		try_format(text, size - 1);
		break;
	default:
		try_maps(text, size - 1);
		break;
	}
	return 0;
}
