#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_gdb.sh - gdb, in batch mode, on a small program.
. "$(dirname "$0")/lib.sh"
need gdb gcc

gcc -g -O0 -o "$tmp/in/program" "$here/program.c" || exit 99
cat >"$tmp/in/commands" <<'END'
set confirm off
set width 0
set print address off
set debuginfod enabled off
set breakpoint pending on
break digest if depth == 3
run
backtrace
info args
print tree->name
ptype struct node
print *tree
info line
delete
finish
info symbol main
disassemble main
kill
END
# Addresses and process numbers vary.
normalise 's/0x[0-9a-f]\{1,\}/ADDRESS/g
s/process [0-9]\{1,\}/process N/g
s/warning: Error disabling address space randomization.*//'
gdb_run='gdb -nx -nh -batch'
# shellcheck disable=SC2086 # gdb_run is words
{
	served_by_library $gdb_run -ex 'info line main' "$tmp/in/program"
	compare 'gdb breaks, walks the stack, prints' 120 \
		$gdb_run -x "$tmp/in/commands" "$tmp/in/program"
	grep -q '#3 ' "$tmp/memalloc.out" ||
		say 'note: gdb could not run the program here (no ptrace?)'
	compare 'gdb lists all functions and types' 120 \
		$gdb_run -ex 'info functions' -ex 'info types' "$tmp/in/program"
}
