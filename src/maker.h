/* SPDX-License-Identifier: MIT */
/*
 * maker.h - option mismatch: by which family of functions a block was made.
 *
 * What malloc made goes to free, what new made to delete, what new[] made to
 * delete[].  A byte for each place where a block may start, out of line and
 * made only under the option, tells the family; the function's name does, on
 * either side.
 */
#ifndef MA_MAKER_H
#define MA_MAKER_H

#include "base.h"

struct ma_target;

/*
 * Is operator new ours in this process?  Until then nothing is known to be a
 * mismatch: another one calls malloc.
 */
MA_HIDDEN extern bool ma_maker_knows_new;

/* The block at P was made by FUNCTION. */
MA_HIDDEN void
ma_maker_note(const void *p, const char *function);

/*
 * FUNCTION takes the live block at P, which T describes: misuse, if it is of
 * another family than who made it.
 */
MA_HIDDEN void
ma_maker_inspect(const struct ma_target *t, const void *p,
                 const char *function);

#endif /* MA_MAKER_H */
