#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_postgres.sh - postgres: a database is made, queried in parallel by
# compiled expressions, dumped and put back, and pgbench's sums agree.
. "$(dirname "$0")/lib.sh"
# Debian has the server's programs beside each other, out of PATH.
for dir in /usr/lib/postgresql/*/bin; do
	PATH=$PATH:$dir
done
need initdb postgres psql pgbench pg_dump
as_nobody

# start_server NAME [VARIABLE=VALUE]: all programs on the library, or none.
start_server() {
	where=$tmp/$1
	variable=${2:-PLAIN=}
	if [ ! -d "$where/data" ]; then
		plain 120 "$variable" initdb -D "$where/data" -U postgres \
			-A trust -E UTF8 --locale=C --no-sync >"$tmp/initdb" 2>&1 ||
			{
				tail -n 20 "$tmp/initdb" >&2
				fail 'initdb failed'
			}
	fi
	launch "$@" postgres -D "$where/data" -k "$where" \
		-c listen_addresses= -c log_line_prefix= -c fsync=off -c shared_buffers=32MB \
		-c min_parallel_table_scan_size=0 -c parallel_setup_cost=0 \
		-c parallel_tuple_cost=0 -c jit=on -c jit_above_cost=1000 \
		-c jit_inline_above_cost=1000 -c jit_optimize_above_cost=1000
	await postgres pg_isready -h "$where" -U postgres
}

client() {
	program=$1
	shift
	plain 240 "$variable" PGHOST="$where" PGUSER=postgres PGDATABASE=postgres \
		"$program" "$@"
}

cat >"$tmp/in/work.sql" <<'END_SQL'
CREATE TABLE item(id int PRIMARY KEY, name text, grp int, data jsonb);
INSERT INTO item SELECT i, 'name-' || i * 7919 % 100003, i % 100,
	jsonb_build_object('n', i, 'list', ARRAY[i, i * 2, i % 7])
	FROM generate_series(1, 30000) i;
CREATE INDEX ON item(name);
CREATE INDEX ON item USING gin(data);
ANALYZE item;
SELECT count(*), sum(length(name)), min(name), max(name) FROM item;
SELECT grp, count(*), sum((data->>'n')::int), avg(length(name))::numeric(9,3)
	FROM item WHERE id % 3 <> 1 GROUP BY grp ORDER BY grp LIMIT 20;
SELECT a.id, b.id FROM item a JOIN item b ON a.name = b.name AND a.id < b.id
	ORDER BY 1 LIMIT 10;
SELECT count(*) FROM item WHERE data @> '{"list": [6]}';
SELECT md5(string_agg(name, ',' ORDER BY name DESC)) FROM item;
SELECT id, rank() OVER (PARTITION BY grp ORDER BY name)
	FROM item ORDER BY 2 DESC, 1 LIMIT 10;
SELECT count(*), sum(length(regexp_replace(name, '(\d)\1', '<\1>', 'g')))
	FROM item WHERE name ~ '(\d)\1';
WITH RECURSIVE t(n, s) AS (SELECT 1, 'x' UNION ALL
	SELECT n + 1, s || n FROM t WHERE n < 1500)
	SELECT max(n), sum(length(s)) FROM t;
SELECT length((factorial(500))::text), (2::numeric ^ 300)::text;
SELECT length(xmlagg(xmlelement(name e, name))::text) FROM item WHERE grp < 5;
CREATE FUNCTION work(n int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE total bigint := 0; list text[] := '{}';
BEGIN
	FOR i IN 1..n LOOP
		list := list || repeat('y', i % 50);
		BEGIN
			IF i % 10 = 0 THEN RAISE division_by_zero; END IF;
			total := total + length(array_to_string(list[i - 5:], ','));
		EXCEPTION WHEN division_by_zero THEN total := total + 1;
		END;
	END LOOP;
	RETURN total;
END $$;
SELECT work(2000);
UPDATE item SET name = upper(name) WHERE grp % 3 = 0;
DELETE FROM item WHERE id % 11 = 0;
VACUUM FULL item;
SET work_mem = '64kB';
SELECT count(*) FROM (SELECT DISTINCT name, data FROM item ORDER BY 1, 2) x;
SELECT nosuch FROM item;
SELECT 1 / 0;
END_SQL

talk() {
	client psql -q -At -f "$tmp/in/work.sql" 2>&1
	client pg_dump -t item | grep -v '^--\|restrict' >"$tmp/dump.$label"
	cksum <"$tmp/dump.$label"
	client psql -q -c 'CREATE DATABASE again'
	client psql -q -d again -f "$tmp/dump.$label" 2>&1
	client psql -At -d again -c 'SELECT count(*), sum(id) FROM item'
	client pgbench -q -i -s 1 >"$tmp/bench" 2>&1 || tail "$tmp/bench"
	client pgbench -n -c 8 -j 2 -t 100 --protocol=prepared 2>&1 |
		grep 'actually processed\|failed'
	client pgbench -n -C -c 4 -t 10 -S 2>&1 | grep 'actually processed'
	client psql -At -c 'SELECT
		(SELECT sum(abalance) FROM pgbench_accounts) =
		(SELECT sum(delta) FROM pgbench_history),
		(SELECT sum(bbalance) FROM pgbench_branches) =
		(SELECT sum(tbalance) FROM pgbench_tellers)'
	grep 'terminated by\|PANIC' "$log"
}

served_by_library postgres --version
compare_servers 'postgres answers the same, pgbench too' talk
