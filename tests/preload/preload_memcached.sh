#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_memcached.sh - memcached with four threads gives the same answers to
# many connections at once, and throws out the oldest when it is full.
. "$(dirname "$0")/lib.sh"
need memcached perl awk

start_server() {
	socket=$tmp/$1/s
	launch "$@" memcached -u "$(id -un)" -s "$socket" -t 4 -m 64 -I 2m
	await memcached test -S "$socket"
}

# Each connection has keys of its own, so that the answers do not depend on
# which thread is first.  The values are of all sizes up to large ones.
awk 'BEGIN {
	for (i = 0; i < 3000; i++) {
		n = i % 50 == 0 ? 20000 + i * 10 : i * 7 % 1500 + 1
		printf "set k%%N:%d %d 0 %d\r\n", i, i % 9, n
		printf "%0*d\r\n", n, i
		if (i % 3 == 0)
			printf "append k%%N:%d 0 0 5\r\n-tail\r\n", i / 2
		if (i % 5 == 0)
			printf "delete k%%N:%d\r\n", i / 3
		if (i % 7 == 0)
			printf "get k%%N:%d k%%N:%d none\r\n", i, i / 2
	}
	printf "set n%%N 0 0 1\r\n1\r\n"
	for (i = 0; i < 2000; i++)
		printf "incr n%%N %d\r\n", i
	printf "get n%%N\r\nquit\r\n"
}' >"$tmp/in/requests"
# Ten times what it may hold.
awk 'BEGIN {
	for (i = 0; i < 800; i++)
		printf "set fill%%N:%d 0 0 100000 noreply\r\n%0100000d\r\n", i, i
	printf "get fill%%N:799\r\nquit\r\n"
}' >"$tmp/in/fill"
cat >"$tmp/in/ask" <<'END_ASK'
stats
flush_all
get n1
set last 0 0 4
last
get last
quit
END_ASK
sed -i 's/$/\r/' "$tmp/in/ask"

talk() {
	connections "$socket" 8 "$tmp/in/requests" | cksum
	connections "$socket" 1 "$tmp/in/ask" |
		grep -v '^STAT' | tr -d '\r'
	connections "$socket" 8 "$tmp/in/fill" | cksum
	connections "$socket" 1 "$tmp/in/ask" | tr -d '\r' |
		sed -n 's/^\(STAT threads .*\|STAT limit_maxbytes .*\)/\1/p'
}

served_by_library memcached -h
compare_servers 'memcached answers eight connections, full and not' talk
