/* SPDX-License-Identifier: MIT */
/*
 * option.c - reading the options, without getenv, strtoul or allocation.
 */
#include "base.h"

#include <string.h>

#include "diag.h"
#include "error.h"
#include "option.h"
#include "os.h"

enum kind { BOOL, SIZE, NUMBER, WORD };

struct option {
	const char *name;
	enum kind kind;
	size_t least, most;
	size_t *value;
};

/* A piece of the environment, not ended by a NUL. */
struct piece {
	const char *start;
	size_t length;
};

struct ma_options ma_options = {
#define MA_OPTION(name, kind, initial, least, most, help) .name = (initial),
#include "option_list.h"
#undef MA_OPTION
};

static const struct option options[] = {
#define MA_OPTION(name, kind, initial, least, most, help) \
	{ #name, kind, least, most, &ma_options.name },
#include "option_list.h"
#undef MA_OPTION
};

/* The words of the options of kind WORD, in the order of their values. */
static const struct {
	const char *option;
	const char *words[4];
} word_lists[] = {
	{ "zero_realloc", { "free", "alloc", "abort", NULL } },
	{ "os", { "both", "brk", "map", NULL } },
	{ "deepbind", { "clear", "keep", NULL } },
	{ "misuse", { "abort", "ignore", NULL } },
};

static const char *const bool_words[2][4] = {
	{ "0", "no", "off", "false" },
	{ "1", "yes", "on", "true" },
};

/* Foreign variables and GLIBC_TUNABLES keys that act here. */
static const struct {
	const char *variable;
	const char *tunable;
	const char *option;
} foreign[] = {
	{ "MALLOC_MMAP_THRESHOLD_", "glibc.malloc.mmap_threshold",
	  "huge_threshold" },
	{ "MALLOC_MMAP_MAX_", "glibc.malloc.mmap_max", "huge_max" },
	{ "MALLOC_TRIM_THRESHOLD_", "glibc.malloc.trim_threshold",
	  "trim_threshold" },
	{ "MALLOC_TOP_PAD_", "glibc.malloc.top_pad", "top_pad" },
	{ "MALLOC_PERTURB_", "glibc.malloc.perturb", "perturb" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
piece_is(struct piece p, const char *s)
{
	return strlen(s) == p.length && memcmp(p.start, s, p.length) == 0;
}

/* Cut *REST at the first SEPARATOR: returns what is before it. */
static struct piece
cut_piece(struct piece *rest, char separator)
{
	struct piece head = { rest->start, 0 };

	while (head.length < rest->length &&
	       head.start[head.length] != separator)
		head.length++;
	size_t skip = head.length + (head.length < rest->length);
	rest->start += skip;
	rest->length -= skip;
	return head;
}

/* Decimal, 0x hexadecimal or 0 octal, as strtoul; with a suffix if SUFFIX. */
static bool
parse_number(struct piece p, bool suffix, size_t *out)
{
	size_t n = 0, base = 10, i = 0;
	unsigned shift = 0;

	if (suffix && p.length > 1) {
		const char *letter = strchr("kmgKMG", p.start[p.length - 1]);

		if (letter != NULL) {
			shift = 10 + 10 * (unsigned)
				((size_t)(letter - "kmgKMG") % 3);
			p.length--;
		}
	}
	if (p.length > 1 && p.start[0] == '0') {
		base = p.start[1] == 'x' || p.start[1] == 'X' ? 16 : 8;
		i = base == 16 ? 2 : 1;
	}
	if (i >= p.length)
		return false;
	for (; i < p.length; i++) {
		unsigned char c = (unsigned char)p.start[i];
		size_t digit = c >= '0' && c <= '9' ? c - (size_t)'0' :
			(c | 32) >= 'a' && (c | 32) <= 'f' ?
			(c | 32) - (size_t)'a' + 10 : 99;

		if (digit >= base || n > (SIZE_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	if (n > SIZE_MAX >> shift)
		return false;
	*out = n << shift;
	return true;
}

static bool
parse_word(const char *name, struct piece p, size_t *out)
{
	for (size_t i = 0; i < COUNT(word_lists); i++) {
		const char *const *words = word_lists[i].words;

		if (strcmp(word_lists[i].option, name) != 0)
			continue;
		for (size_t w = 0; words[w] != NULL; w++)
			if (piece_is(p, words[w])) {
				*out = w;
				return true;
			}
	}
	return false;
}

static bool
parse_bool(struct piece p, size_t *out)
{
	for (size_t value = 0; value < 2; value++)
		for (size_t i = 0; i < COUNT(bool_words[value]); i++)
			if (piece_is(p, bool_words[value][i])) {
				*out = value;
				return true;
			}
	return false;
}

static const struct option *
find_option(struct piece name)
{
	for (size_t i = 0; i < COUNT(options); i++)
		if (piece_is(name, options[i].name))
			return &options[i];
	return NULL;
}

static bool
set_option(const struct option *option, struct piece value)
{
	size_t n = 0;
	bool understood = false;

	switch (option->kind) {
	case BOOL:
		understood = parse_bool(value, &n);
		break;
	case WORD:
		understood = parse_word(option->name, value, &n);
		break;
	case SIZE:
	case NUMBER:
		understood = parse_number(value, option->kind == SIZE, &n);
		break;
	}
	if (!understood || n < option->least || n > option->most)
		return false;
	*option->value = n;
	return true;
}

static MA_COLD void
warn_of(struct piece item, const char *why)
{
	char copy[64];
	struct ma_text text = ma_text_over(copy, sizeof(copy) - 1);

	for (size_t i = 0; i < item.length; i++)
		ma_text_add(&text, "%c", item.start[i]);
	copy[text.used] = '\0';
	ma_diag_line("memalloc: MEMALLOC_CONF: \"%s\" skipped: %s", copy, why);
	ma_error_set(MEMALLOC_ERR_OPTION);
}

bool
ma_option_parse(const char *text)
{
	struct piece rest = { text, strlen(text) };
	bool all = true;

	while (rest.length > 0) {
		struct piece item = cut_piece(&rest, ',');
		struct piece value = item;
		struct piece name = cut_piece(&value, ':');
		const struct option *option = find_option(name);

		if (item.length == 0)
			continue;
		if (option == NULL) {
			warn_of(item, "no such option");
			all = false;
		} else if (!set_option(option, value)) {
			warn_of(item, "not a value of this option");
			all = false;
		}
	}
	return all;
}

/*
 * A foreign value is taken as far as its option's range goes: glibc takes
 * any size as a threshold.  A negative trim threshold means never.
 */
static void
set_foreign(const char *name, struct piece value)
{
	const struct option *option =
		find_option((struct piece){ name, strlen(name) });
	size_t n;

	if (piece_is(value, "-1"))
		n = SIZE_MAX;
	else if (!parse_number(value, false, &n))
		return;
	n = n < option->least ? option->least : n;
	*option->value = n > option->most ? option->most : n;
}

static void
read_tunables(const char *text)
{
	struct piece rest = { text, strlen(text) };

	while (rest.length > 0) {
		struct piece value = cut_piece(&rest, ':');
		struct piece name = cut_piece(&value, '=');

		for (size_t i = 0; i < COUNT(foreign); i++)
			if (piece_is(name, foreign[i].tunable))
				set_foreign(foreign[i].option, value);
	}
}

void
ma_option_read(char *const *environment)
{
	const char *conf = NULL;

	if (ma_os_is_secure())
		return;
	for (; *environment != NULL; environment++) {
		struct piece value = { *environment, strlen(*environment) };
		struct piece name = cut_piece(&value, '=');

		if (piece_is(name, "MEMALLOC_CONF"))
			conf = value.start;
		else if (piece_is(name, "GLIBC_TUNABLES"))
			read_tunables(value.start);
		for (size_t i = 0; i < COUNT(foreign); i++)
			if (piece_is(name, foreign[i].variable))
				set_foreign(foreign[i].option, value);
	}
	if (conf != NULL)
		ma_option_parse(conf);
}
