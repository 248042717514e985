#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_gxx.sh - g++ makes the same code with the library as without, and the
# program it makes runs on the library.
. "$(dirname "$0")/lib.sh"
. "$here/compiler.sh"
need g++

compiler_makes_the_same g++ "$here/program.cc"
