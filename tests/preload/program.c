/* SPDX-License-Identifier: MIT */
/*
 * program.c - what the preload tests of the C compilers compile and run:
 * many small functions for the optimiser, small blocks for the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct node *left, *right;
	char *name;
};

static struct node *
insert(struct node *tree, const char *name)
{
	if (!tree) {
		tree = calloc(1, sizeof *tree);
		tree->name = strdup(name);
		return tree;
	}
	int order = strcmp(name, tree->name);
	if (order < 0)
		tree->left = insert(tree->left, name);
	else if (order > 0)
		tree->right = insert(tree->right, name);
	return tree;
}

static unsigned long
digest(struct node *tree, unsigned depth)
{
	if (!tree)
		return depth;
	unsigned long sum = digest(tree->left, depth + 1) * 31
		+ strlen(tree->name) + digest(tree->right, depth + 1);
	free(tree->name);
	free(tree);
	return sum;
}

#define F(n) static int f##n(int x) { switch (x % 7) { case 0: return x * n; \
	case 1: return x + n; case 2: return x ^ n; \
	case 3: return x % (n + 1); \
	default: return x - n; } }
#define F10(n) F(n##0) F(n##1) F(n##2) F(n##3) F(n##4) F(n##5) F(n##6) \
	F(n##7) F(n##8) F(n##9)
F10(1) F10(2) F10(3) F10(4) F10(5) F10(6) F10(7) F10(8) F10(9)
#define C10(n) f##n##0, f##n##1, f##n##2, f##n##3, f##n##4, f##n##5, \
	f##n##6, f##n##7, f##n##8, f##n##9
static int (*const table[])(int) = { C10(1), C10(2), C10(3), C10(4), C10(5),
	C10(6), C10(7), C10(8), C10(9) };

int
main(void)
{
	struct node *tree = NULL;
	unsigned seed = 1, sum = 0;
	for (int i = 0; i < 50000; i++) {
		char name[32];
		seed = seed * 1103515245u + 12345u;
		snprintf(name, sizeof name, "%x", seed >> 8);
		tree = insert(tree, name);
		sum += (unsigned)table[i % 90](i);
	}
	printf("%lu %u\n", digest(tree, 0), sum);
	return 0;
}
