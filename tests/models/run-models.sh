#!/bin/sh
# SPDX-License-Identifier: MIT
# run-models.sh - spin checks each model here, every state of it.  A model that
# is changed so as to be wrong must be found wrong: each has some such changes.
set -u
here=$(cd "$(dirname "$0")" && pwd)
command -v spin >/dev/null 2>&1 || { echo "skipped: no spin"; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memalloc-models.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM
cd "$tmp" || exit 99
CC=${CC:-cc}
failures=0

# check FILE: prints the number of errors, and of states.
check()
{
	rm -f pan* ./*.trail
	spin -a "$1" >spin.out 2>&1 || { cat spin.out >&2; return 1; }
	# CC may hold flags of its own.
	# shellcheck disable=SC2086
	$CC -O2 -w -DSAFETY -DCOLLAPSE -DVECTORSZ=2048 -o pan pan.c ||
		return 1
	./pan -m2000000 >pan.out 2>&1
	grep -q 'max search depth too small' pan.out && return 1
	sed -n 's/.*errors: \([0-9]*\).*/\1/p' pan.out
	sed -n 's/ *\([0-9.e+]*\) states, stored.*/\1/p' pan.out
}

holds()
{
	set -- "$1" "$(check "$here/$1.pml" | tr '\n' ' ')"
	case $2 in
	'0 '[1-9]*) echo "ok: $1: ${2#0 }states" ;;
	*)
		echo "FAILED: $1: $2"
		cat pan.out
		failures=$((failures + 1))
		;;
	esac
}

# breaks MODEL WHAT SED-SCRIPT
breaks()
{
	sed "$3" "$here/$1.pml" >"broken.pml"
	if cmp -s "$here/$1.pml" broken.pml; then
		echo "FAILED: $1: \"$2\" changes nothing"
		failures=$((failures + 1))
	elif [ "$(check broken.pml | head -1)" = 0 ]; then
		echo "FAILED: $1: \"$2\" is not found"
		failures=$((failures + 1))
	else
		echo "ok: $1: found: $2"
	fi
}

holds lock
breaks lock 'a sleeper takes the lock without the bit' \
	's/got -> owner = me + 1; waiters = true/got -> owner = me + 1/'
breaks lock 'nobody is woken' 's/had -> atomic { wake_one() }/had -> skip/'
holds inbox
breaks inbox 'the drain reads and clears in two steps' \
	's/atomic { list = inbox; inbox = END }/list = inbox; inbox = END/'
breaks inbox 'blocks are announced after they are sent' \
	's/inbox_load = inbox_load + count;//'
breaks inbox 'the link is not written again' \
	's/:: true ->/:: next[tail] == END ->/'
holds adoption
breaks adoption 'the lists name the new owner before the words' \
	's/word = h;/skip;/'
breaks adoption 'what went to the old owner stays there' \
	's/else -> sent\[o \* BLOCKS + b\] = true/else -> sent[h * BLOCKS + b] = true/'
holds first_use
breaks first_use 'options are read without the lock' \
	's/atomic { setup_owner == NOBODY -> setup_owner = me }/setup_owner = me/'
holds fork
breaks fork 'a handler waits for locks of any rank' \
	's/:: else -> try(i)/:: else -> take(i)/'
exit $((failures != 0))
