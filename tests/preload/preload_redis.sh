#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_redis.sh - redis-server: the same answers and the same data set with
# the library as without, after redis-benchmark, a background save (fork) and
# a restart from the saved file.
. "$(dirname "$0")/lib.sh"
need redis-server redis-cli redis-benchmark

start_server() {
	socket=$tmp/$1/s
	launch "$@" redis-server --port 0 --unixsocket "$socket" \
		--dir "$tmp/$1" --save '' --io-threads 2
	await redis-server sh -c 'redis-cli -s "$1" PING | grep -q PONG' \
		sh "$socket"
}

ask() {
	limited 60 redis-cli -s "$socket" "$@"
}

# The same commands for both servers; what they answer is compared.
talk() {
	ask FLUSHALL
	awk 'BEGIN { for (i = 0; i < 30000; i++) {
		printf "SET key:%d %0*d\n", i, i % 200 + 1, i
		printf "RPUSH list:%d %d value-%d\n", i % 100, i, i * 31
		printf "HSET hash:%d field-%d %d\n", i % 50, i, i * i
		printf "ZADD zset:%d %d member-%d\n", i % 20, i % 977, i
		if (i % 3 == 0) printf "APPEND key:%d tail-%d\n", i / 2, i
		if (i % 5 == 0) printf "DEL key:%d\n", i / 3
	} }' >"$tmp/commands"
	limited 120 sh -c 'redis-cli -s "$1" <"$2" | cksum' \
		sh "$socket" "$tmp/commands"
	ask DBSIZE
	ask GET key:29999
	ask LRANGE list:7 0 5
	ask HGET hash:3 field-53
	ask ZRANGE zset:1 0 5 WITHSCORES
	ask SORT list:3 ALPHA LIMIT 0 5
	ask EVAL 'local n = 0 for i = 1, 20000 do
		local t = { i, tostring(i) } n = n + #t[2] end return n' 0
	ask BGSAVE >/dev/null
	tries=0
	while ask INFO persistence | grep -q 'bgsave_in_progress:1'; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || break
		sleep 0.1
	done
	ask INFO persistence | tr -d '\r' | grep 'last_bgsave_status'
	limited 240 redis-benchmark -s "$socket" -n 10000 -c 20 -P 8 -r 5000 \
		-d 300 -t set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100 -q \
		>"$tmp/benchmark" 2>&1
	echo "benchmark status $?"
	ask MEMORY DOCTOR >/dev/null
	ask PING
}

reload() {
	ask DBSIZE
	ask DEBUG DIGEST
}

# What one saved, the other loads: each starts from the file of the other.
swap_saved() {
	mv "$tmp/plain/dump.rdb" "$tmp/swap"
	mv "$tmp/memalloc/dump.rdb" "$tmp/plain/dump.rdb"
	mv "$tmp/swap" "$tmp/memalloc/dump.rdb"
}

served_by_library redis-server --version
compare_servers 'redis-server answers the same, also under redis-benchmark' \
	talk
swap_saved
compare_servers 'both data sets are the same after a restart' reload
