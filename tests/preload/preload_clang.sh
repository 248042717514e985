#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_clang.sh - clang makes the same code with the library as without, and the
# program it makes runs on the library.
. "$(dirname "$0")/lib.sh"
. "$here/compiler.sh"
need clang

compiler_makes_the_same clang "$here/program.c"
