/* SPDX-License-Identifier: MIT */
/*
 * fuzz_text.c - every text that the library reads or puts together.
 *
 * The first byte chooses what the rest is: the text of MEMALLOC_CONF, an
 * environment whose lines are its strings, or what diag.c formats.
 */
#include "base.h"

#include <string.h>

#include "diag.h"
#include "fake_os.h"
#include "fuzz.h"
#include "option.h"

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
	switch (data[0] % 3) {
	case 0:
		try_conf(text);
		break;
	case 1:
		try_environment(text);
		break;
	default:
		try_format(text, size - 1);
		break;
	}
	return 0;
}
