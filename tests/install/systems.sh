#!/bin/sh
# SPDX-License-Identifier: MIT
# systems.sh - configure says at once that there is no src/os_*.c for a system,
# rather than leave it to the compiler.
. "$(dirname "$0")/lib.sh"

configure=$(cd "$top_srcdir" && pwd)/configure
[ -x "$configure" ] || skip "no configure in the sources"
# A tree that was configured itself takes no other build.
[ ! -f "$top_srcdir/config.status" ] || skip "configured in the sources"
mkdir "$tmp/build"
cd "$tmp/build" || exit 99

for system in x86_64-unknown-freebsd14.1 x86_64-unknown-openbsd7.6 \
	x86_64-unknown-netbsd10.0 aarch64-apple-darwin24.0; do
	if "$configure" --host=$system >out 2>errors; then
		fail "configure takes $system"
	fi
	grep -q 'no src/os_\*\.c for this system.*doc/PORTS\.md' errors || {
		tail -5 errors
		fail "configure stops at $system, and does not say why"
	}
	# Before it looks for a compiler.
	! grep -q gcc out || fail "configure says it late for $system"
done
