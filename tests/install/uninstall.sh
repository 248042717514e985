#!/bin/sh
# SPDX-License-Identifier: MIT
# uninstall.sh - "make install" under DESTDIR stays there, and "make
# uninstall" leaves no file behind.
. "$(dirname "$0")/lib.sh"

make=${MAKE:-make}
quietly()
{
	"$@" >"$tmp/out" 2>&1 || { tail -20 "$tmp/out"; fail "$*"; }
}

quietly "$make" -C "$top_builddir" install DESTDIR="$tmp/root"
[ -n "$(find "$tmp/root" -name memalloc.h)" ] || fail "nothing was installed"
quietly "$make" -C "$top_builddir" uninstall DESTDIR="$tmp/root"
left=$(find "$tmp/root" ! -type d)
[ -z "$left" ] || fail "left behind: $left"
