# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# sources.sh - for tests of the sources; sourced by each of them, from its own
# directory.  Unlike those of lib.sh they run without a build.
#
# It finds the sources and sets
#
#   top    where they are, an absolute path
#   work   a directory of the test's own, which goes away with it
#
# A test says fail for each fault that it finds and goes on; at its end
# end_if_failed.

set -u
LC_ALL=C
export LC_ALL

for top in "${top_srcdir:-}" "${srcdir:-}/.." "${srcdir:-}/../.." \
           "$(dirname "$0")/../.." ""; do
	if [ -n "$top" ] && [ -f "$top/src/exports.txt" ] \
	   && [ -d "$top/doc" ] && [ -d "$top/man" ]; then
		break
	fi
done
if [ -z "$top" ]; then
	echo "${0##*/}: the sources are not found; set top_srcdir" >&2
	exit 99
fi
top=$(cd "$top" && pwd) || exit 99
work=$(mktemp -d "${TMPDIR:-/tmp}/memalloc-sources.XXXXXX") || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 99' HUP INT PIPE TERM

failures=0

fail()
{
	echo "FAIL: $*"
	failures=$((failures + 1))
}

end_if_failed()
{
	if [ $failures -gt 0 ]; then
		echo "${0##*/}: $failures failures"
		exit 1
	fi
}
