#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-misuse.sh [DIRECTORY] - run each row of misuse.tsv with the program in
# DIRECTORY (default: of the build tree), compare how it ends and what it says.
# With ROW set to an extended regular expression only such rows are run.

source=$(cd "$(dirname "$0")" && pwd) || exit 99
programs=${1:-${top_builddir:+$top_builddir/tests/misuse}}
programs=${programs:-.}
passed=0
failed=0
text=$(mktemp) || exit 99
trap 'rm -f "$text"' EXIT
ulimit -c 0
tab=$(printf '\t')

# What the shell says of a child that ended with status $1.
ending() {
	case $1 in
	134) echo SIGABRT ;;
	139) echo SIGSEGV ;;
	135) echo SIGBUS ;;
	142) echo SIGALRM ;;
	143) echo SIGTERM ;;
	*) echo "$1" ;;
	esac
}

# Does the file $text hold what the expression $1 says?
says() {
	if test -z "$1"; then
		test ! -s "$text"
		return
	fi
	test "$(wc -l <"$text")" -eq 1 || return
	expression=$(printf '%s\n' "$1" | sed 's/ADDR/0x[0-9a-f]+/g')
	grep -Eq "^[^:]*: $expression\$" "$text"
}

while IFS= read -r row; do
	case $row in
	'#'* | '') continue ;;
	esac
	# Not by IFS: it would join tabs, and so lose an empty column.
	program=${row%%"$tab"*}
	row=${row#*"$tab"}
	options=${row%%"$tab"*}
	row=${row#*"$tab"}
	expected=${row%%"$tab"*}
	expression=${row#*"$tab"}
	if ! printf '%s\n' "$program" | grep -Eq "${ROW:-.}"; then
		continue
	fi
	if ! test -x "$programs/$program"; then
		echo "FAIL $program: not built"
		failed=$((failed + 1))
		continue
	fi
	test "$options" = - && options=
	# The subshell becomes the program; what this shell itself says of its
	# end ("Aborted") goes the other way.
	{
		(
			MEMALLOC_CONF=$options
			export MEMALLOC_CONF
			exec "$programs/$program" 2>"$text" </dev/null
		)
		status=$?
	} 2>/dev/null
	got=$(ending "$status")
	if test "$got" = "$expected" && says "$expression"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $program${options:+ under $options}:" \
			"$got, expected $expected"
		echo "  expected: $expression"
		sed 's/^/  got:      /' "$text"
	fi
done <"$source/misuse.tsv"

echo "$passed passed, $failed failed"
test "$failed" -eq 0 && test "$passed" -gt 0
