/* SPDX-License-Identifier: MIT */
/*
 * secret.h - the secret of the process, which makes free marks unguessable.
 */
#ifndef MA_SECRET_H
#define MA_SECRET_H

#include "base.h"

/* Const after setup; 0 before. */
MA_HIDDEN extern uintptr_t ma_secret_mark;

/* For the hardened build: what marks are multiplied by, what links and
   canaries are encoded with, and what random places start from. */
MA_HIDDEN extern uintptr_t ma_secret_factor;
MA_HIDDEN extern uintptr_t ma_secret_link;
MA_HIDDEN extern uint64_t ma_secret_canary;
MA_HIDDEN extern uint64_t ma_secret_place;

/*
 * Draw the secrets, once, before the first block is carved.  Who learns one of
 * them learns nothing of the others.  The highest bit of ma_secret_mark is set,
 * the next is not: so a mark (secret xor addresses) is neither a user address
 * nor a small number, also not a negative one.  Live data looks like a mark by
 * intent only, and rarely like its highest two bytes.
 */
MA_HIDDEN void
ma_secret_setup(void);

#endif /* MA_SECRET_H */
