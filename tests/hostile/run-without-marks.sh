#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-without-marks.sh [ARGUMENT...] - run-hostile.sh on the hardened build,
# which lies beside the default one ($MEMALLOC_SO), as on a system without guard
# marks: its guards are protected pages then, which are counted, and limited.

here=$(cd "$(dirname "$0")" && pwd) || exit 99
so=$MEMALLOC_SO
hardened=${so%/*}/libmemalloc-hardened.so${so##*.so}
if ! test -r "$hardened"; then
	echo "SKIP: no $hardened"
	exit 77
fi
ROW=${ROW:-'addresses left|data|locked|mprotect|madvise|blocks of|memory refused'}
export ROW
exec "$here/run-hostile.sh" -m -l "$hardened" "$@"
