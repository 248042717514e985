/* SPDX-License-Identifier: MIT */
/*
 * replay.c - a fuzz target without a fuzzer.
 *
 *   TARGET                      run its corpus, fuzz/TARGET.corpus of srcdir
 *   TARGET INPUT...             run these inputs, one file each
 *   TARGET pack CORPUS INPUT... write a corpus
 *   TARGET unpack CORPUS DIR    its inputs as files, for a fuzzer to start from
 *
 * A corpus is a row of inputs, each behind its length in two bytes, the lower
 * one first.
 */
#include <string.h>

#include "fuzz.h"

#define INPUT_MOST 65535

static void
die(const char *what)
{
	perror(what);
	exit(99);
}

static FILE *
open_file(const char *name, const char *mode)
{
	FILE *file = fopen(name, mode);

	if (file == NULL) {
		die(name);
	}
	return file;
}

/* What is left of FILE, no more than INPUT_MOST bytes. */
static size_t
read_input(const char *name, uint8_t *data)
{
	FILE *file = open_file(name, "rb");
	size_t size = fread(data, 1, INPUT_MOST, file);

	fclose(file);
	return size;
}

/* Call EACH with every input of CORPUS; how many there were. */
static size_t
walk_corpus(const char *corpus, const char *arg,
            void (*each)(const uint8_t *data, size_t size, size_t number,
                         const char *arg))
{
	static uint8_t data[INPUT_MOST];
	FILE *file = open_file(corpus, "rb");
	size_t count = 0;
	int low;

	while ((low = getc(file)) != EOF) {
		int high = getc(file);
		size_t size = (size_t)low | (size_t)high << 8;

		if (high == EOF || fread(data, 1, size, file) != size) {
			fprintf(stderr, "%s: cut off\n", corpus);
			exit(99);
		}
		each(data, size, count++, arg);
	}
	fclose(file);
	return count;
}

static void
run_one(const uint8_t *data, size_t size, size_t number, const char *arg)
{
	/* Without slack behind it, so that a sanitizer sees what reads on. */
	uint8_t *copy = malloc(size + (size == 0));

	(void)arg;
	if (copy == NULL) {
		die("malloc");
	}
	memcpy(copy, data, size);
	printf("input %zu\n", number);
	fflush(stdout);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
unpack_one(const uint8_t *data, size_t size, size_t number, const char *arg)
{
	char name[4096];
	FILE *file;

	snprintf(name, sizeof(name), "%s/%04zu", arg, number);
	file = open_file(name, "wb");
	fwrite(data, 1, size, file);
	fclose(file);
}

static void
pack(const char *corpus, char **inputs)
{
	static uint8_t data[INPUT_MOST];
	FILE *file = open_file(corpus, "wb");

	for (; *inputs != NULL; inputs++) {
		size_t size = read_input(*inputs, data);

		putc((int)(size & 255), file);
		putc((int)(size >> 8), file);
		fwrite(data, 1, size, file);
	}
	if (fclose(file) != 0) {
		die(corpus);
	}
}

static int
run_corpus(const char *program)
{
	const char *srcdir = getenv("top_srcdir");
	const char *slash = strrchr(program, '/');
	char name[4096];
	size_t count;

	snprintf(name, sizeof(name), "%s/tests/fuzz/%s.corpus",
	         srcdir != NULL ? srcdir : ".",
	         slash != NULL ? slash + 1 : program);
	count = walk_corpus(name, NULL, run_one);
	printf("%zu inputs of %s\n", count, name);
	return count == 0;
}

int
main(int argc, char **argv)
{
	static uint8_t data[INPUT_MOST];

	if (argc < 2) {
		return run_corpus(argv[0]);
	}
	if (argc > 3 && strcmp(argv[1], "pack") == 0) {
		pack(argv[2], argv + 3);
		return 0;
	}
	if (argc == 4 && strcmp(argv[1], "unpack") == 0) {
		walk_corpus(argv[2], argv[3], unpack_one);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		run_one(data, read_input(argv[i], data), (size_t)i, NULL);
	}
	return 0;
}
