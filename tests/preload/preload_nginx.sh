#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_nginx.sh - nginx with two workers gives the same answers to many
# connections at once, also packed, in parts, through itself as a proxy, and
# while it reads its configuration anew.
. "$(dirname "$0")/lib.sh"
need nginx perl awk

mkdir "$tmp/in/pages"
awk -v dir="$tmp/in/pages" 'BEGIN { for (i = 0; i < 100; i++) {
	file = dir "/page" i ".html"
	for (j = 0; j < i * 7 + 1; j++)
		print "<p>" i, j, (i * j) % 91, "text " j "</p>" >file
	close(file) } }'
# Dates show in the answers.
touch -d '2020-01-01 00:00:00 UTC' "$tmp/in/pages"/*

start_server() {
	where=$tmp/$1
	socket=$where/s
	mkdir -p "$where"
	cat >"$where/nginx.conf" <<END_CONF
daemon off;
user $(id -un) $(id -gn);
worker_processes 2;
pid $where/pid;
error_log $where/error.log warn;
events { worker_connections 256; }
http {
	access_log $where/access.log;
	client_body_temp_path $where/body;
	proxy_temp_path $where/proxy;
	proxy_cache_path $where/cache keys_zone=kept:1m;
	fastcgi_temp_path $where/fastcgi;
	uwsgi_temp_path $where/uwsgi;
	scgi_temp_path $where/scgi;
	keepalive_requests 100000;
	default_type text/html;
	gzip_http_version 1.0;
	map \$request_uri \$group { ~[02468] even; default odd; }
	server {
		listen unix:$socket;
		root $tmp/in/pages;
		location /packed/ { alias $tmp/in/pages/; gzip on; gzip_comp_level 6; }
		location /through/ {
			proxy_pass http://unix:$socket:/;
			proxy_buffers 4 4k;
			proxy_cache kept;
			proxy_cache_valid 200 1m;
		}
		location /said/ {
			return 200 "\$group \$arg_a \$http_user_agent \$uri\n";
		}
		location ~ ^/moved/(.*)\$ { rewrite ^/moved/(.*)\$ /\$1; }
	}
}
END_CONF
	launch "$@" nginx -p "$where" -e "$where/log" -c "$where/nginx.conf"
	await nginx test -S "$socket"
}

# Requests upon a connection that stays open.
awk 'BEGIN {
	for (i = 0; i < 400; i++) {
		path = i % 4 == 0 ? "/through/" : i % 4 == 1 ? "/moved/" : "/"
		get(path "page" (i * 37) % 100 ".html", "")
		get("/said/" i "?a=" i * i, "User-Agent: %N-" i "\r\n")
		get("/page99.html", "Range: bytes=" i "-" i * 9 + 5 "\r\n")
		if (i % 10 == 0)
			get("/none/" i, "")
	}
	printf "GET /said/end HTTP/1.0\r\n\r\n"
}
function get(path, header) {
	printf "GET %s HTTP/1.1\r\nHost: h\r\n%s\r\n", path, header
}' >"$tmp/in/requests"
# An answer to HTTP/1.0 is not cut where the sender had to wait.
printf 'GET /packed/page9%%N.html HTTP/1.0\r\nAccept-Encoding: gzip\r\n\r\n' \
	>"$tmp/in/packed"

talk() {
	connections "$socket" 8 "$tmp/in/requests" |
		sed '/^Date: /d' >"$where/answers"
	grep -c '^HTTP/1.1 200 OK' "$where/answers"
	cksum <"$where/answers"
	# New workers, while the old ones end: they may close a connection that
	# would stay open, but a single request has its answer.
	for round in 1 2 3 4 5; do
		kill -HUP "$server"
		connections "$socket" 9 "$tmp/in/packed" |
			sed '/^Date: /d' | cksum
	done
	sed '/ open() "/d' "$where/error.log"
}

served_by_library nginx -p "$tmp" -e "$tmp/log" -V
compare_servers 'nginx answers eight connections and while it reloads' talk
