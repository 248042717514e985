#!/bin/sh
# SPDX-License-Identifier: MIT
# preload.sh - the installed library serves a program that knows nothing of
# it, and says so when asked.
. "$(dirname "$0")/lib.sh"

[ -n "${MEMALLOC_SO:-}" ] && [ -f "$MEMALLOC_SO" ] || skip "no library to preload"
nm -D "$MEMALLOC_SO" | grep -q ' T malloc$' ||
	skip "built without the standard names"

# Not of /, where the links of /proc are as many as processes.
ls -l /usr/bin >"$tmp/plain"
MEMALLOC_CONF=report:1 LD_PRELOAD=$MEMALLOC_SO ls -l /usr/bin \
	>"$tmp/preloaded" 2>"$tmp/report" || fail "ls does not run"
diff "$tmp/plain" "$tmp/preloaded" || fail "ls says something else"
[ "$(wc -l <"$tmp/report")" -eq 1 ] && grep -q memalloc "$tmp/report" ||
	fail "no line of report: $(cat "$tmp/report")"
cat "$tmp/report"
