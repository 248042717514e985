#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_sqlite3.sh - sqlite3: 100 000 rows, indexes, joins, a dump.
. "$(dirname "$0")/lib.sh"
need sqlite3

cat >"$tmp/in/work.sql" <<'END'
PRAGMA journal_mode = WAL;
CREATE TABLE item(id INTEGER PRIMARY KEY, name TEXT, grp INTEGER, value INTEGER);
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
INSERT INTO item SELECT i, 'name-' || (i * 7919 % 100003), i % 100, i * i % 997 FROM n;
COMMIT;
CREATE INDEX by_name ON item(name);
CREATE INDEX by_group ON item(grp, value);
SELECT count(*), sum(value), min(name), max(name) FROM item;
SELECT grp, count(*), sum(value), group_concat(DISTINCT value % 10) FROM item
	GROUP BY grp ORDER BY grp LIMIT 20;
SELECT a.id, b.id FROM item a JOIN item b ON a.name = b.name AND a.id < b.id
	ORDER BY a.id LIMIT 10;
SELECT name FROM item WHERE name LIKE '%99' ORDER BY name DESC LIMIT 20;
UPDATE item SET name = upper(name) || '-' || grp WHERE grp % 3 = 0;
DELETE FROM item WHERE id % 11 = 0;
SELECT count(*), sum(length(name)) FROM item;
SELECT json_group_array(name) FROM (SELECT name FROM item ORDER BY id LIMIT 50);
VACUUM;
PRAGMA integrity_check;
SELECT nosuch FROM item;
END
ignore_files
served_by_library sqlite3 :memory: 'SELECT 1'
expected_status=1
compare 'sqlite3: 100 000 rows in a file' 120 \
	sh -c 'sqlite3 rows.db <"$1"' sh "$tmp/in/work.sql"
compare 'sqlite3: 100 000 rows in memory' 120 \
	sh -c 'sqlite3 :memory: <"$1"' sh "$tmp/in/work.sql"
expected_status=0
compare 'sqlite3: the dump of 100 000 rows' 60 sh -c '
	sqlite3 rows.db <"$1" >/dev/null 2>&1
	sqlite3 rows.db .dump | cksum' sh "$tmp/in/work.sql"
