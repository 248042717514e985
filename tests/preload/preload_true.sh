#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_true.sh - the smallest programs: start, exit status, closed
# descriptors, empty environment, the library preloaded twice.
. "$(dirname "$0")/lib.sh"
need true false sh cat echo

ignore_files
served_by_library cat /dev/null
compare 'true' 10 true
expected_status=1
compare 'false' 10 false
expected_status=7
compare 'exit status of sh' 10 sh -c 'exit 7'
expected_status=0
compare 'all standard descriptors closed' 10 \
	sh -c 'cat /dev/null 0<&- 1>&- 2>&-; echo $?'
compare 'empty environment but for the library' 10 \
	sh -c 'env -i ${LD_PRELOAD:+LD_PRELOAD="$LD_PRELOAD"} /bin/echo hello'
compare 'small stack and address space' 20 \
	sh -c 'ulimit -s 256; ulimit -v 262144; echo limited; ls / | wc -l'

seen=$(limited 10 env LD_PRELOAD="$MEMALLOC_SO:$MEMALLOC_SO" echo twice 2>&1)
[ "$seen" = twice ] || fail "preloaded twice: $seen"
say 'ok: preloaded twice'
