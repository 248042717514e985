#!/bin/sh
# SPDX-License-Identifier: MIT
# preload_bash.sh - bash: pipelines, subshells, arrays, here documents.
. "$(dirname "$0")/lib.sh"
need bash seq sort

cat >"$tmp/in/work.bash" <<'END'
seq 1 20000 | while read -r n; do ((n % 7)) || echo "$n"; done |
	sort -rn | head -n 5
declare -A map
for i in {1..5000}; do map[key$i]="value-$((i * i))"; done
echo "${#map[@]} ${map[key77]}"
array=()
for i in {1..5000}; do array+=("element $i"); done
echo "${#array[@]} ${array[@]:100:3} ${array[*]//element/e}" | cksum
text=$(for i in {1..2000}; do printf '%s,' "$i"; done)
echo "${#text} ${text//1/one}" | cksum
for i in 1 2 3 4 5 6 7 8; do (sleep 0; exit $i) & done
wait
for i in $(seq 100); do echo "$i" | tr 0-9 a-j | rev; done | paste -sd+ | cksum
f() { local n=$1; ((n == 0)) && return; f $((n - 1)); echo -n "$n "; }
f 200 | wc -w
cat <<HERE | sed 's/x/y/g'
$(printf 'x%.0s' {1..300})
HERE
diff <(seq 1 100) <(seq 2 101)
mapfile -t lines < <(seq 3000)
printf '%s\n' "${lines[@]}" | tail -n 2
trap 'echo trapped' USR1
kill -USR1 $$
coproc cat
echo through >&"${COPROC[1]}"
read -r back <&"${COPROC[0]}"
echo "$back"
exec {COPROC[1]}>&-
exit 5
END
served_by_library bash -c 'true'
expected_status=5
compare 'bash: pipelines, arrays, subshells, traps' 60 \
	bash "$tmp/in/work.bash"
