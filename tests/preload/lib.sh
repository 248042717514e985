# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# lib.sh - what the preload tests share; sourced by each preload_*.sh.
#
# A preload test runs a real program twice, once plain and once under
# LD_PRELOAD of the library, and fails unless standard output, standard
# error, exit status and the files it wrote are the same.
#
#   MEMALLOC_SO    the library; default: the one of the build tree
#   PRELOAD_SLOW   multiplies every time limit (emulators, sanitizers)
#
# Exit status of a test: 0 passed, 1 failed, 77 skipped, 99 set up wrongly.
#
# Each run starts in an empty directory $tmp/work (the same path both times,
# so that paths in the output agree); afterwards it is kept as $tmp/work.plain
# or $tmp/work.memalloc.  Inputs live in $tmp/in.  What really varies from run
# to run (times, process numbers) is removed by the sed script given to
# normalise.

set -u
LC_ALL=C
LANG=C
TZ=UTC
export LC_ALL LANG TZ
unset LD_PRELOAD MEMALLOC_CONF || :

say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

skip() {
	say "skipped: $*"
	exit 77
}

fail() {
	say "FAILED: $*"
	exit 1
}

# Find the library and make its name absolute: a relative one would be looked
# up from each program's own directory.
find_library() {
	if [ -z "${MEMALLOC_SO:-}" ]; then
		for so in "${abs_top_builddir:-$PWD}/src/.libs/libmemalloc.so" \
			"$PWD/../src/.libs/libmemalloc.so" \
			"$PWD/.libs/libmemalloc.so" "$PWD/libmemalloc.so"; do
			[ -e "$so" ] && MEMALLOC_SO=$so && break
		done
	fi
	[ -n "${MEMALLOC_SO:-}" ] || skip "no shared library (set MEMALLOC_SO)"
	case $MEMALLOC_SO in
	/*) ;;
	*) MEMALLOC_SO=$PWD/$MEMALLOC_SO ;;
	esac
	if [ ! -r "$MEMALLOC_SO" ]; then
		say "cannot read $MEMALLOC_SO"
		exit 99
	fi
}

# Is the library under test memalloc itself?  The tests also run on other
# allocators, which tells a test's own fault from the library's.
is_memalloc() {
	grep -q memalloc_print_heap "$MEMALLOC_SO"
}

# need PROGRAM...: skip the test unless all are installed.
need() {
	for program in "$@"; do
		command -v "$program" >/dev/null 2>&1 ||
			skip "$program is not installed"
	done
}

clean_up() {
	status=$?
	trap - EXIT HUP INT TERM
	stop_server
	cd / && rm -rf "$tmp"
	exit "$status"
}

# The process number of the server that runs, if any; see launch.
server=
server_status=0
stop_server() {
	if [ -n "$server" ]; then
		kill "$server" 2>/dev/null
		wait "$server" 2>/dev/null
		server_status=$?
		server=
	fi
}

# limited SECONDS COMMAND...: run it bounded in time, without reading our
# standard input.  The library is set by env, so that neither timeout nor env
# itself runs on it.
limited() {
	limit=$(($1 * ${PRELOAD_SLOW:-1}))
	shift
	timeout -k 5 "$limit" "$@" </dev/null
}

# as_nobody: from here on nobody runs the programs, where we are root: some
# refuse to run as root.  The library is where nobody may read it.
as=
as_nobody() {
	[ "$(id -u)" -eq 0 ] || return 0
	need setpriv
	cp "$MEMALLOC_SO" "$tmp/in/libmemalloc.so" || exit 99
	MEMALLOC_SO=$tmp/in/libmemalloc.so
	as="setpriv --reuid nobody --regid $(id -g nobody) --clear-groups"
	chown -R nobody "$tmp"
	$as test -w "$tmp" || skip "nobody cannot write to $tmp"
}

# shellcheck disable=SC2086 # $as is words
plain() {
	seconds=$1
	shift
	limited "$seconds" $as env "$@"
}

preloaded() {
	seconds=$1
	shift
	plain "$seconds" LD_PRELOAD="$MEMALLOC_SO" "$@"
}

# normalise SCRIPT: the sed script that removes from both outputs what varies.
normalise() {
	printf '%s\n' "$1" >"$tmp/normalise.sed"
}

# ignore_files: the files that the runs leave behind are not compared.
files=compared
ignore_files() {
	files=ignored
}

# one_run plain|preloaded LABEL SECONDS COMMAND...: a run in an empty
# directory; leaves $tmp/LABEL.out, .err, .status and $tmp/work.LABEL.
one_run() {
	how=$1
	label=$2
	shift 2
	rm -rf "$tmp/work" "$tmp/work.$label"
	$as mkdir "$tmp/work"
	(cd "$tmp/work" && "$how" "$@") >"$tmp/raw.out" 2>"$tmp/raw.err"
	echo $? >"$tmp/$label.status"
	sed -f "$tmp/normalise.sed" "$tmp/raw.out" >"$tmp/$label.out"
	sed -f "$tmp/normalise.sed" "$tmp/raw.err" >"$tmp/$label.err"
	mv "$tmp/work" "$tmp/work.$label"
}

# differ WHAT LABEL: report that the two runs differ, show how, and fail.
differ() {
	say "output of the run on the library, standard error:"
	head -n 20 "$tmp/memalloc.err" >&2
	diff "$tmp/plain.$1" "$tmp/memalloc.$1" | head -n 20 >&2
	fail "$2: $1 differs from the plain run"
}

# compare LABEL SECONDS COMMAND...: the test itself.  LABEL is a sentence.
# The plain run must end with $expected_status; where it may fail for reasons
# of its own, plain_failure=tolerated makes that a note.
expected_status=0
plain_failure=fatal
compare() {
	what=$1
	shift
	one_run plain plain "$@"
	case $(cat "$tmp/plain.status") in
	"$expected_status") ;;
	124 | 137) fail "$what: even the plain run took more than $1 s" ;;
	*)
		# Comparing would be comparing one error with another.
		if [ "$plain_failure" = tolerated ]; then
			say "note: $what: the plain run fails here: not tested"
			return
		fi
		head -n 20 "$tmp/plain.err" >&2
		fail "$what: the plain run ended with status" \
			"$(cat "$tmp/plain.status")"
		;;
	esac
	one_run preloaded memalloc "$@"
	for part in status out err; do
		cmp -s "$tmp/plain.$part" "$tmp/memalloc.$part" ||
			differ "$part" "$what"
	done
	if [ "$files" = compared ]; then
		diff -r "$tmp/work.plain" "$tmp/work.memalloc" >"$tmp/files" ||
			{
				head -n 20 "$tmp/files" >&2
				fail "$what: the files differ from the plain run"
			}
	fi
	say "ok: $what"
}

# --- Servers ----------------------------------------------------------------
#
# A test of a server defines start_server NAME [VARIABLE=VALUE], which calls
# launch and await, and gives to compare_servers what to ask.

# launch NAME [VARIABLE=VALUE...] COMMAND...: start a server in the background,
# its files and its log in $tmp/NAME.  Without a time limit of its own:
# clean_up stops it by its process number.
launch() {
	log=$tmp/$1/log
	$as mkdir -p "$tmp/$1"
	shift
	# shellcheck disable=SC2086 # $as is words
	$as env "$@" </dev/null >>"$log" 2>&1 &
	server=$!
}

# await NAME COMMAND...: until COMMAND succeeds, the server called NAME is not
# ready.
await() {
	awaited=$1
	shift
	tries=$((100 * ${PRELOAD_SLOW:-1}))
	until "$@" >/dev/null 2>&1; do
		if ! kill -0 "$server" 2>/dev/null; then
			tail -n 20 "$log" >&2
			fail "$awaited ended at once"
		fi
		tries=$((tries - 1))
		[ $tries -gt 0 ] || fail "$awaited is silent"
		sleep 0.1
	done
}

# one_server LABEL TALK [VARIABLE=VALUE]: what the server of this label
# answers and how it ends, in $tmp/LABEL.out, .err and .status.
one_server() {
	label=$1
	talk=$2
	shift 2
	start_server "$label" "$@"
	if [ $# -gt 0 ] && [ -r "/proc/$server/maps" ]; then
		grep -qF "$(readlink -f "$MEMALLOC_SO")" "/proc/$server/maps" ||
			fail "the library is not mapped into the server"
	fi
	"$talk" >"$tmp/raw.out" 2>"$tmp/raw.err"
	stop_server
	echo "$server_status" >"$tmp/$label.status"
	sed -f "$tmp/normalise.sed" "$tmp/raw.out" >"$tmp/$label.out"
	{
		sed -f "$tmp/normalise.sed" "$tmp/raw.err"
		[ "$server_status" -eq 0 ] || tail -n 40 "$log"
	} >"$tmp/$label.err"
}

# compare_servers LABEL TALK: a server without the library and one on it give
# the same answers to the function TALK, and end alike.
compare_servers() {
	one_server plain "$2"
	if [ -s "$tmp/plain.err" ]; then
		head -n 20 "$tmp/plain.err" >&2
		fail "$1: even the plain run went wrong"
	fi
	one_server memalloc "$2" LD_PRELOAD="$MEMALLOC_SO"
	for part in status out err; do
		cmp -s "$tmp/plain.$part" "$tmp/memalloc.$part" ||
			differ "$part" "$1"
	done
	say "ok: $1"
}

# connections SOCKET N FILE: what a server on a unix socket answers to N
# connections at once, each of which sends the requests of FILE.
connections() {
	limited 120 perl "$here/connections.pl" "$@"
}

# --- Is it really the library? ---------------------------------------------

# served_by_library COMMAND...: fail unless malloc of some process of COMMAND
# is bound to the library.  The dynamic loader tells (glibc: LD_DEBUG); where
# it does not, the library's own report must appear.
served_by_library() {
	rm -f "$tmp"/bindings*
	mkdir -p "$tmp/probe"
	(cd "$tmp/probe" &&
		preloaded 60 LD_DEBUG=bindings LD_DEBUG_OUTPUT="$tmp/bindings" \
			"$@") >/dev/null 2>&1
	told=
	for bindings in "$tmp"/bindings.*; do
		[ -e "$bindings" ] || break
		told=yes
		grep -F " to $MEMALLOC_SO [" "$bindings" |
			grep -q 'symbol .\(malloc\|calloc\|_Znwm\)' && return 0
	done
	# The report of a library that is merely loaded is the lesser proof.
	if [ -z "$told" ]; then
		(cd "$tmp/probe" && preloaded 60 MEMALLOC_CONF=report:1 "$@") \
			2>&1 >/dev/null | grep -q '^memalloc:' && return 0
	fi
	fail "$1 did not run on $MEMALLOC_SO"
}

here=$(cd "$(dirname "$0")" && pwd) || exit 99
find_library
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memalloc-preload.XXXXXX") || exit 99
tmp=$(cd "$tmp" && pwd -P) || exit 99
trap clean_up EXIT
trap 'exit 99' HUP INT TERM
mkdir "$tmp/in" "$tmp/home"
: >"$tmp/normalise.sed"
HOME=$tmp/home
export HOME
cd "$tmp" || exit 99
