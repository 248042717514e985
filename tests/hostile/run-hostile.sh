#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-hostile.sh [-l LIBRARY] [-m] [-s] [-t] [DIRECTORY] - run each row of
# hostile.tsv with the program in DIRECTORY (default: of the build tree) and
# LIBRARY preloaded (default: $MEMALLOC_SO; "": the C library's malloc).
#
#   -m   as on a system without guard marks (Linux before 6.13)
#   -s   nothing is preloaded: the programs are linked with the library, and
#        rows of programs that are not there are left out
#   -t   one line for each row: situation, pass|fail|skip, why; tabs between
#
# With ROW set to an extended regular expression only such rows are run.
# A row passes if its program exits with 0 and nothing was printed; of other
# allocators (-t) what they print does not count.

library=$MEMALLOC_SO
table=false
static=false
marks=
CC=${CC:-cc}
while getopts l:mst option; do
	case $option in
	l) library=$OPTARG ;;
	m) marks=true ;;
	s)
		static=true
		library=
		;;
	t) table=true ;;
	*) exit 99 ;;
	esac
done
shift $((OPTIND - 1))
source=$(cd "$(dirname "$0")" && pwd) || exit 99
programs=${1:-${top_builddir:+$top_builddir/tests/hostile}}
programs=$(cd "${programs:-.}" && pwd) || exit 99
if test -n "$library" && ! test -e "$library"; then
	echo "no shared library to preload: \"$library\""
	exit 77
fi
if ! $table && ! $static && test -z "$library"; then
	echo 'no shared library to preload'
	exit 77
fi
passed=0
failed=0
skipped=0
tmp=$(mktemp -d) || exit 99
trap 'rm -rf "$tmp"' EXIT
text=$tmp/text
tab=$(printf '\t')
marks=${marks:+$programs/refused marks}
PLUGINS=$programs/.libs
test -d "$PLUGINS" || PLUGINS=$programs
LIBRARY=$library
export PLUGINS LIBRARY

# --- What rows may say -------------------------------------------------------

# The situation cannot be had: why.
no() {
	echo "$*" >&2
	exit 77
}

# Is there a program $1?
have() {
	command -v "$1" >/dev/null 2>&1 || no "no program $1 here"
}

# Set a limit as ulimit does, if it may be set.
limit() {
	ulimit "$@" 2>/dev/null || no "no right to ulimit $*"
}

# The program is started by the words $*.
by() {
	have "$1"
	starter=$*
}

# Run without /proc, /sys and /dev.
bare() {
	have unshare
	unshare -m true 2>/dev/null || no 'no namespaces of mounts here'
	starter="unshare -m $source/without-files"
}

# Run by the loader, as a script does that has libraries of its own.
loader() {
	have ldd
	loader=$(ldd "$program" |
		sed -n 's,^[[:space:]]*\(/[^ ]*ld[-.][^ ]*\) .*,\1,p')
	test -x "$loader" || no "ldd tells no loader of $program"
}

# Another user starts a program with the set-user-ID bit, which was linked with
# the library.
set_uid() {
	test "$(id -u)" -eq 0 || no 'only root can make a set-user-ID program'
	chmod 755 "$tmp"
	have "${CC%% *}"
	if test -n "$library"; then
		have readelf
		name=$(readelf -d "$library" |
			sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')
		# Where that user may not come.
		cp "$library" "$tmp/${name:=${library##*/}}"
		chmod 755 "$tmp/$name"
	fi
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	$CC -std=gnu11 -O2 -fno-builtin -o "$tmp/secured" "$source/secured.c" \
		${library:+"$tmp/$name"} "-Wl,-rpath,$tmp" ||
		no "$CC cannot link a program"
	chown 65533 "$tmp/secured"
	chmod 4755 "$tmp/secured"
	SECURED=$tmp/secured
	export SECURED
}

# --- The rows ----------------------------------------------------------------

# What the shell says of a child that ended with status $1.
ending() {
	case $1 in
	124) echo hung ;;
	131) echo SIGQUIT ;;
	132) echo SIGILL ;;
	133) echo SIGTRAP ;;
	134) echo SIGABRT ;;
	135) echo SIGBUS ;;
	139) echo SIGSEGV ;;
	159) echo SIGSYS ;;
	137) echo SIGKILL ;;
	*) echo "$1" ;;
	esac
}

# Run the words of $command, which name a program and its arguments, after
# the commands of $setup.
run() {
	set -f
	# shellcheck disable=SC2086
	set -- $command
	set +f
	program=$programs/$1
	shift
	{
		(
			exec 2>"$text" </dev/null
			ulimit -c 0
			starter=
			loader=
			preload=$library
			test "$setup" = - || eval "$setup"
			unset MEMALLOC_CONF MALLOC_CONF
			# shellcheck disable=SC2086
			exec timeout -s KILL 120 $starter $marks \
				env ${preload:+"LD_PRELOAD=$preload"} \
				"PLUGINS=$PLUGINS" "LIBRARY=$LIBRARY" \
				"PATH=$PATH" $loader "$program" "$@"
		)
		got=$(ending $?)
	} 2>/dev/null
	# "timeout -s KILL" itself dies of it.
	test "$got" = SIGKILL && got=hung
}

judge() {
	case $got in
	0)
		verdict=pass
		! $table && test -s "$text" && verdict=fail
		;;
	77) verdict=skip ;;
	*) verdict=fail ;;
	esac
}

report() {
	case $verdict in
	pass) passed=$((passed + 1)) ;;
	skip) skipped=$((skipped + 1)) ;;
	*) failed=$((failed + 1)) ;;
	esac
	why=$(tail -n 1 "$text" | tr "$tab" ' ')
	if $table; then
		case $got in
		0) why= ;;
		1 | 77) ;;
		*) why="$got${why:+: $why}" ;;
		esac
		printf '%s\t%s\t%s\n' "$situation" "$verdict" "$why"
	elif test "$verdict" != pass; then
		echo "$verdict: $situation: $got${why:+: $why}"
	fi
}

while IFS= read -r line; do
	case $line in
	'#'* | '') continue ;;
	esac
	situation=${line%%"$tab"*}
	line=${line#*"$tab"}
	setup=${line%%"$tab"*}
	command=${line#*"$tab"}
	if ! printf '%s\n' "$situation" | grep -Eq "${ROW:-.}"; then
		continue
	fi
	if ! test -x "$programs/${command%% *}"; then
		$static && continue
		got='not built'
		: >"$text"
	else
		run
	fi
	judge
	report
done <"$source/hostile.tsv"

$table && exit 0
echo "$passed passed, $failed failed, $skipped skipped"
test "$failed" -eq 0 && test "$passed" -gt 0
