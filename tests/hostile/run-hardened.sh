#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-hardened.sh [ARGUMENT...] - run-hostile.sh on the hardened build, which
# lies beside the default one ($MEMALLOC_SO).

here=$(cd "$(dirname "$0")" && pwd) || exit 99
so=$MEMALLOC_SO
hardened=${so%/*}/libmemalloc-hardened.so${so##*.so}
if ! test -r "$hardened"; then
	echo "SKIP: no $hardened"
	exit 77
fi
exec "$here/run-hostile.sh" -l "$hardened" "$@"
