#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_gcc.sh - gcc makes the same code with the library as without, and the
# program it makes runs on the library.
. "$(dirname "$0")/lib.sh"
. "$here/compiler.sh"
need gcc

compiler_makes_the_same gcc "$here/program.c"
