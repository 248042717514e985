#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run-without-marks.sh [ARGUMENT...] - run-hardened.sh as on a system without
# guard marks: guards are protected pages then, which are counted, and limited.

here=$(cd "$(dirname "$0")" && pwd) || exit 99
ROW=${ROW:-'addresses left|data|locked|mprotect|madvise|blocks of|memory refused'}
export ROW
exec "$here/run-hardened.sh" -m "$@"
