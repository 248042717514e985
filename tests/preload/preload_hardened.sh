#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_hardened.sh - real programs on the hardened build: other preload
# tests with that library, which lies beside the default one ($MEMALLOC_SO).
#
#   HARDENED   which; "all" is each that has a test

here=$(cd "$(dirname "$0")" && pwd) || exit 99
so=$MEMALLOC_SO
MEMALLOC_SO=${so%/*}/libmemalloc-hardened.so${so##*.so}
if ! test -r "$MEMALLOC_SO"; then
	echo "SKIP: no $MEMALLOC_SO"
	exit 77
fi
export MEMALLOC_SO
case ${HARDENED:-} in
'')
	programs='awk bash gcc git gs gxx jq lua make perl php redis sort
		sqlite3 tar xmllint xz'
	;;
all)
	programs=$(
		cd "$here" &&
			for name in preload_*.sh; do
				name=${name#preload_}
				[ "$name" = hardened.sh ] || echo "${name%.sh}"
			done
	)
	;;
*) programs=$HARDENED ;;
esac
passed=0
failed=0
for program in $programs; do
	"$here/preload_$program.sh" >"preload_hardened_$program.log" 2>&1
	case $? in
	0)
		passed=$((passed + 1))
		rm -f "preload_hardened_$program.log"
		;;
	77) rm -f "preload_hardened_$program.log" ;;
	*)
		failed=$((failed + 1))
		echo "FAIL: $program"
		tail -n 20 "preload_hardened_$program.log"
		rm -f "preload_hardened_$program.log"
		;;
	esac
done
echo "$passed passed, $failed failed"
test "$failed" -eq 0 && test "$passed" -gt 0
