#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_xz.sh - xz with two threads packs to the same bytes and unpacks.
. "$(dirname "$0")/lib.sh"
need xz awk

awk 'BEGIN { for (i = 0; i < 250000; i++)
	print i, (i * 7919) % 65537, "some text to pack", i % 13 }' \
	>"$tmp/in/data"
served_by_library xz -T2 --block-size=1MiB -c "$tmp/in/data"
compare 'xz -T2 packs' 120 \
	sh -c 'xz -T2 --block-size=1MiB -3 -c "$1" >data.xz && xz -lq data.xz' \
	sh "$tmp/in/data"
compare 'xz -T2 unpacks' 60 \
	sh -c 'xz -T2 --block-size=1MiB -1 -c "$1" | xz -T2 -dc | cmp - "$1"' \
	sh "$tmp/in/data"
