/* SPDX-License-Identifier: MIT */
/*
 * secret.h - the secret of the process, which makes free marks unguessable.
 */
#ifndef MA_SECRET_H
#define MA_SECRET_H

#include "base.h"

/* Const after setup; 0 before. */
MA_HIDDEN extern uintptr_t ma_secret_mark;

/*
 * Draw the secret, once, before the first block is carved.  Its highest bit
 * is set, so that a mark (secret xor address) is neither a user address nor
 * a small number: live data looks like a mark by intent only.
 */
MA_HIDDEN void
ma_secret_setup(void);

#endif /* MA_SECRET_H */
