#!/bin/sh
# SPDX-License-Identifier: MIT
# bench_run.sh - bench/run, one round of small cases on two allocators: what
# it writes has each of them, with figures that can be.
: "${top_srcdir:=$(dirname "$0")/../..}"
command -v python3 >/dev/null 2>&1 || { echo 'python3 is missing'; exit 77; }
[ -n "${MEMALLOC_SO-}" ] || { echo 'no library to preload'; exit 77; }
tmp=$(mktemp -d "${TMPDIR:-/tmp}/memalloc-bench.XXXXXX") || exit 99
trap 'rm -rf "$tmp"' EXIT
trap 'exit 99' HUP INT TERM

fail()
{
	echo "FAILED: $*"
	cat "$tmp/out" "$tmp/err"
	exit 1
}

cases='bulk lifo,short_processes many,fragmentation together'
"$top_srcdir/bench/run" -n 1 --scale 0.02 -c "$cases" --csv "$tmp/csv" \
	--markdown "$tmp/md" --svg "$tmp/svg" system= memalloc="$MEMALLOC_SO" \
	>"$tmp/out" 2>"$tmp/err" || fail 'bench/run failed'

# Three cases on three: the subject runs twice.
[ "$(wc -l <"$tmp/csv")" -eq 10 ] || fail "lines of the CSV: $(cat "$tmp/csv")"
head -n 1 "$tmp/csv" | grep -q '^case,allocator,run,wall,cpu,rss_kib,minor_faults' ||
	fail 'no head in the CSV'
for name in system memalloc 'memalloc again'; do
	awk -F, -v name="$name" '
		$2 == name && $4 > 0 && $5 >= 0 && $6 > 100 && $7 > 10 { n++ }
		$2 == name && /^frag/ && !($8 > 1000 && $9 > 100 && $10 > 100) {
			exit 1
		}
		END { exit n != 3 }' "$tmp/csv" ||
		fail "figures of $name: $(cat "$tmp/csv")"
done

grep -q '^### A/A: memalloc twice' "$tmp/out" || fail 'no A/A table'
grep -q '^| case | best peer (s) | system | memalloc |$' "$tmp/out" ||
	fail 'no table of seconds'
grep -q '^| geometric mean, all (3) ' "$tmp/out" || fail 'no geometric mean'
grep -q '^### Peak resident memory, bound 1.10' "$tmp/out" || fail 'no memory'
grep -q '^round 1 of 1: ' "$tmp/err" || fail 'no progress'
! grep -Eq 'failed|status|other output' "$tmp/out" "$tmp/err" ||
	fail 'a run failed'
grep -q '^### CPU seconds' "$tmp/md" || fail 'no table in the file'
if command -v gnuplot >/dev/null 2>&1; then
	grep -q '<svg' "$tmp/svg" && grep -q '>memalloc<' "$tmp/svg" ||
		fail 'no chart'
	grep -q '](svg)' "$tmp/md" || fail 'no link to the chart'
else
	grep -q 'gnuplot is not installed' "$tmp/err" || fail 'silent on gnuplot'
fi

# A library that cannot be, and a case that is not there.
! "$top_srcdir/bench/run" a= b=/nowhere.so >"$tmp/out" 2>"$tmp/err" ||
	fail 'a missing library passed'
echo nothing >"$tmp/text.so"
! "$top_srcdir/bench/run" a= b="$tmp/text.so" >"$tmp/out" 2>"$tmp/err" ||
	fail 'a library that cannot be preloaded passed'
! "$top_srcdir/bench/run" -c nowhere a= >"$tmp/out" 2>"$tmp/err" ||
	fail 'a missing case passed'
echo 'bench_run.sh: passed'
