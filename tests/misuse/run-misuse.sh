#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-misuse.sh [-b BUILD] [-l LIBRARY] [-t] [DIRECTORY] - run each row of
# misuse.tsv with the program in DIRECTORY (default: of the build tree) and
# LIBRARY preloaded (default: $MEMALLOC_SO; "": the C library's malloc).
#
#   -b default    rows of the build "default" or "both"; the end of the program
#   -b hardened   and its text must be as the row says (hardened: or "both")
#   -b peer       another allocator: every program, without options; it passes
#                 if the program is stopped before its error has an effect, or
#                 ends well where the row says that it may
#   -t            one line for each row: row, pass|fail|skip, how it ended;
#                 tabs between them
#
# With ROW set to an extended regular expression only such rows are run.
# Programs exit with 0 when their error was not noticed, 3 when it had an
# effect, 77 when the library lacks the function that they misuse.

build=default
library=$MEMALLOC_SO
table=false
while getopts b:l:t option; do
	case $option in
	b) build=$OPTARG ;;
	l) library=$OPTARG ;;
	t) table=true ;;
	*) exit 99 ;;
	esac
done
shift $((OPTIND - 1))
source=$(cd "$(dirname "$0")" && pwd) || exit 99
programs=${1:-${top_builddir:+$top_builddir/tests/misuse}}
programs=${programs:-.}
if test "$build" != peer && ! test -e "$library"; then
	echo "no shared library to preload: \"$library\""
	exit 77
fi
passed=0
failed=0
skipped=0
text=$(mktemp) || exit 99
trap 'rm -f "$text"' EXIT
ulimit -c 0
tab=$(printf '\t')
limit=
if command -v timeout >/dev/null 2>&1; then
	limit='timeout 20'
fi

# What the shell says of a child that ended with status $1.
ending() {
	case $1 in
	124) echo hung ;;
	132) echo SIGILL ;;
	133) echo SIGTRAP ;;
	134) echo SIGABRT ;;
	135) echo SIGBUS ;;
	139) echo SIGSEGV ;;
	*) echo "$1" ;;
	esac
}

# Does the file $text hold what the expression $1 says?
says() {
	if test -z "$1"; then
		test ! -s "$text"
		return
	fi
	# A check says more.
	if test "$1" = '.*'; then
		test -s "$text"
		return
	fi
	test "$(wc -l <"$text")" -eq 1 || return
	pattern=$(printf '%s\n' "$1" | sed 's/ADDR/0x[0-9a-f]+/g')
	grep -Eq "^[^:]*: $pattern\$" "$text"
}

# Is the end $got of a peer as good as the expected one?
is_good_end() {
	case $got in
	SIG*) return 0 ;;
	0) test "$expected" = 0 ;;
	3 | hung) return 1 ;;
	*) test -s "$text" ;;
	esac
}

# Run the words of $row, which name a program and its arguments.
run() {
	set -f
	# shellcheck disable=SC2086
	set -- $row
	set +f
	program=$1
	shift
	# The subshell becomes the program; what this shell itself says of
	# its end ("Aborted") goes the other way.
	{
		(
			MEMALLOC_CONF=$options
			export MEMALLOC_CONF
			exec $limit env ${library:+"LD_PRELOAD=$library"} \
				"$programs/$program" "$@" 2>"$text" </dev/null
		)
		got=$(ending $?)
	} 2>/dev/null
}

# Is it the end of a row of both builds?  Such a row gives the default one's
# figures: the hardened one's blocks have other sizes.
is_hardened_end() {
	test "$got" = "$expected" && says "$(printf '%s\n' "$expression" |
		sed 's/\[0-9\]+/[figure]/g; s/[0-9][0-9]*/[figure]/g
			s/\[figure\]/[0-9]+/g')"
}

# The verdict on $row in the variable $verdict.
judge() {
	if test "$got" = 77; then
		verdict=skip
	elif test "$build" = peer; then
		verdict=fail
		is_good_end && verdict=pass
	else
		verdict=fail
		test "$got" = "$expected" && says "$expression" && verdict=pass
		test "$build/$of_build" = hardened/both &&
			is_hardened_end && verdict=pass
	fi
}

report() {
	case $verdict in
	pass) passed=$((passed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	if $table; then
		line=$(head -n 1 "$text" | tr "$tab" ' ')
		printf '%s\t%s\t%s\n' "$row${options:+ ($options)}" \
			"$verdict" "$got${line:+: ${line#*: }}"
	elif test "$verdict" = fail && test "$build" != peer; then
		echo "FAIL $row${options:+ under $options}:" \
			"$got, expected $expected"
		echo "  expected: $expression"
		sed 's/^/  got:      /' "$text"
	fi
}

while IFS= read -r line; do
	case $line in
	'#'* | '') continue ;;
	esac
	# Not by IFS: it would join tabs, and so lose an empty column.
	row=${line%%"$tab"*}
	line=${line#*"$tab"}
	of_build=${line%%"$tab"*}
	line=${line#*"$tab"}
	options=${line%%"$tab"*}
	line=${line#*"$tab"}
	expected=${line%%"$tab"*}
	expression=${line#*"$tab"}
	test "$options" = - && options=
	case $build in
	peer) test -z "$options" || continue ;;
	*) test "$of_build" = "$build" || test "$of_build" = both || continue ;;
	esac
	if ! printf '%s\n' "$row" | grep -Eq "${ROW:-.}"; then
		continue
	fi
	if ! test -x "$programs/${row%% *}"; then
		got='not built'
		verdict=fail
		: >"$text"
	else
		run
		judge
	fi
	report
done <"$source/misuse.tsv"

$table || echo "$passed passed, $failed failed, $skipped skipped"
if test "$build" = peer; then
	exit 0
fi
test "$failed" -eq 0 && test "$passed" -gt 0
