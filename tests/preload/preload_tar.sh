#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_tar.sh - tar and gzip pack the same archive and unpack it.
. "$(dirname "$0")/lib.sh"
need tar gzip awk

mkdir "$tmp/in/tree"
awk -v dir="$tmp/in/tree" 'BEGIN { for (i = 0; i < 300; i++) {
	file = dir "/file-" i ".txt"
	for (j = 0; j < 50 + i; j++) print i, j, (i * j) % 91 >file
	close(file) } }'
ln -s file-1.txt "$tmp/in/tree/link"
ln "$tmp/in/tree/file-2.txt" "$tmp/in/tree/hard"
served_by_library tar -cf /dev/null -C "$tmp/in" tree
served_by_library gzip -c "$tmp/in/tree/file-1.txt"
compare 'tar c | gzip' 60 sh -c '
	tar --sort=name --owner=0 --group=0 --numeric-owner -cf - -C "$1" tree |
		gzip -9n >tree.tar.gz && gzip -t tree.tar.gz' sh "$tmp/in"
compare 'tar cz, tar xz, tar tz' 60 sh -c '
	tar --sort=name -czf ../tree.tgz -C "$1" tree && tar xzf ../tree.tgz &&
	tar tzf ../tree.tgz && diff -r tree "$1/tree"' sh "$tmp/in"
