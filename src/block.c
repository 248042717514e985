/* SPDX-License-Identifier: MIT */
/*
 * block.c - the end of every list.
 */
#include "base.h"

#include "block.h"

struct ma_block ma_block_end;
